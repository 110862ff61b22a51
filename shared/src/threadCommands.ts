import { z } from 'zod';
import { mostAttempts } from './attempts.ts';
import { http } from './httpForm.ts';
import { idOf, RequestId } from './ids.ts';
import { OnBehalfOf, OnBehalfOfRead } from './people.ts';
import { AttachmentIds, ModelChoice, PromptMode, PromptText, PromptWhen } from './prompts.ts';
import { Origin, Session } from './session.ts';
import { RelayState, ThreadBond, ThreadInfo, ThreadKey } from './threads.ts';

const count = z.number().int().nonnegative();
const nothing = z.looseObject({});
const lease = {
  thread: ThreadKey,
  /** Names one process; another never writes there while this one holds the thread. */
  owner: z.string().min(1).max(100),
  ttlMs: z.number().int().min(0).max(120_000),
};
const account = z.object({ onBehalfOf: OnBehalfOf });

/**
 * Commands of clients that show sessions in conversations elsewhere, for tokens with the `act` scope only: the bond of
 * thread and session, who relays it, and whose account is whose.
 */
export const threadCommands = {
  /**
   * A prompt from a thread. The first one makes the session, once, however many arrive at once; `repo` counts only
   * then. `repo_unknown` where there is no session yet and no repository was said.
   */
  'thread.open': {
    input: z.object({
      thread: ThreadKey,
      requestId: RequestId,
      text: PromptText,
      attachments: AttachmentIds,
      repo: z.string().optional(),
      title: z.string().min(1).max(200).optional(),
      warmupId: idOf('warmup').optional(),
      model: ModelChoice,
      when: PromptWhen.default('after'),
      mode: PromptMode.default('work'),
      /** It is worked on so many times, each in a session of its own. */
      attempts: z.number().int().min(2).max(mostAttempts).optional(),
      origin: Origin.default('slack'),
      onBehalfOf: OnBehalfOf,
    }),
    output: z.object({
      session: Session,
      /** Absent where attempts began. */
      promptId: idOf('prompt').optional(),
      position: count,
      /** The session was made by this. */
      created: z.boolean(),
    }),
    http: http('POST', '/threads/open', 201),
    socket: false,
  },
  /** Keeps a prompt until somebody says which repository it is for; a thread that has a session takes none. */
  'thread.park': {
    input: z.object({
      thread: ThreadKey,
      requestId: RequestId,
      text: PromptText,
      attachments: AttachmentIds,
      choices: z.array(z.string()).max(20),
      model: ModelChoice,
      mode: PromptMode.default('work'),
      onBehalfOf: OnBehalfOf,
    }),
    output: z.object({ parked: z.boolean() }),
    http: http('POST', '/threads/park', 201),
    socket: false,
  },
  /** The parked prompts become a session of that repository, in their order and in their authors' names. */
  'thread.choose': {
    input: z.object({ thread: ThreadKey, repo: z.string(), onBehalfOf: OnBehalfOf }),
    output: z.object({ session: Session }),
    http: http('POST', '/threads/choose'),
    socket: false,
  },
  /** Parked prompts are dropped. */
  'thread.drop': {
    input: z.object({ thread: ThreadKey, onBehalfOf: OnBehalfOf }),
    output: nothing,
    http: http('POST', '/threads/drop'),
    socket: false,
  },
  /** What a turn was asked, once more, in the name of whoever asks; once for each of them. */
  'thread.retry': {
    input: z.object({ thread: ThreadKey, turnId: idOf('turn'), onBehalfOf: OnBehalfOf }),
    output: z.object({ promptId: idOf('prompt') }),
    http: http('POST', '/threads/retry', 201),
    socket: false,
  },
  /** Another text for a prompt of this person that still waits; `not_found` where it does not. */
  'thread.edit': {
    input: z.object({ thread: ThreadKey, requestId: RequestId, text: PromptText, onBehalfOf: OnBehalfOf }),
    output: nothing,
    http: http('POST', '/threads/edit'),
    socket: false,
  },
  /** Takes a prompt of this person back that still waits. */
  'thread.withdraw': {
    input: z.object({ thread: ThreadKey, requestId: RequestId, onBehalfOf: OnBehalfOf }),
    output: nothing,
    http: http('POST', '/threads/withdraw'),
    socket: false,
  },
  /** Stops what runs in the threads of a place (`workspace/channel`), where this person may. */
  'thread.stop': {
    input: z.object({
      provider: ThreadKey.shape.provider,
      place: z
        .string()
        .max(200)
        .regex(/^[\w.:-]+(\/[\w.:-]+)+$/),
      onBehalfOf: OnBehalfOf,
    }),
    output: z.object({ stopped: count }),
    http: http('POST', '/threads/stop'),
    socket: false,
  },
  /**
   * Whether a thread has a session, for whoever writes there: no word of what is in it. Null where it has none, or one
   * that this person may not read on GitHub.
   */
  'thread.bond': {
    input: z.object({
      provider: ThreadKey.shape.provider,
      id: ThreadKey.shape.id,
      onBehalfOf: OnBehalfOfRead,
    }),
    output: z.object({ bond: ThreadBond.nullable() }),
    http: http('GET', '/threads/:provider/:id/bond'),
    socket: false,
  },
  'thread.get': {
    input: z.object({ provider: ThreadKey.shape.provider, id: ThreadKey.shape.id }),
    output: z.object({ thread: ThreadInfo.nullable() }),
    http: http('GET', '/threads/:provider/:id'),
    socket: false,
  },
  /** Threads where somebody has to show something that is not shown yet, and that nobody relays now. */
  'thread.list': {
    input: z.object({
      provider: ThreadKey.shape.provider,
      workspace: z.string().max(100),
      /** All of them, whatever they show. */
      all: z.boolean().or(z.stringbool()).default(false),
      limit: z.coerce.number().int().min(1).max(1000).default(200),
    }),
    output: z.object({ threads: z.array(ThreadInfo) }),
    http: http('GET', '/threads'),
    socket: false,
  },
  /** Nothing of that workspace is relayed any more, and whose account is whose is forgotten. */
  'thread.forget': {
    input: z.object({ provider: ThreadKey.shape.provider, workspace: z.string().min(1).max(100) }),
    output: z.object({ threads: count }),
    http: http('POST', '/threads/forget'),
    socket: false,
  },
  /** Null where another process relays the thread. The same owner may take it again. */
  'relay.take': {
    input: z.object(lease),
    output: z.object({ relay: z.object({ fence: count, thread: ThreadInfo }).nullable() }),
    http: http('POST', '/threads/relay'),
    socket: false,
  },
  /** Keeps the thread for another `ttlMs` (0 gives it back) and writes down how far it is. `held` false: it was lost. */
  'relay.note': {
    input: z.object({ ...lease, fence: count, state: RelayState.optional() }),
    output: z.object({ held: z.boolean() }),
    http: http('POST', '/threads/relay/note'),
    socket: false,
  },
  /** Whose account elsewhere this is; null while nobody linked it. `github` false: this server has no sign-in. */
  'account.get': {
    input: account,
    output: z.object({
      user: z.object({ userId: z.string(), name: z.string(), login: z.string() }).nullable(),
      github: z.boolean(),
    }),
    http: http('POST', '/accounts/get'),
    socket: false,
  },
  /**
   * A one-time link with which whoever opens it, signed in with GitHub, says that this account is theirs. With `once`
   * it is made only for who was not offered one lately.
   */
  'account.link': {
    input: account.extend({ once: z.boolean().default(false), from: z.string().max(200).default('') }),
    output: z.object({ url: z.string().nullable(), expiresAt: z.iso.datetime().nullable() }),
    http: http('POST', '/accounts/link', 201),
    socket: false,
  },
  'account.unlink': {
    input: account,
    output: nothing,
    http: http('POST', '/accounts/unlink'),
    socket: false,
  },
} as const;
