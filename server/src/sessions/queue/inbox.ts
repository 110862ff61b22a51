import {
  type Actor,
  type Attachment,
  type Author,
  type CommentPlace,
  type Failure,
  failure,
  limits,
  newId,
  type PromptMode,
  type PromptWhen,
  planModeOf,
  type Result,
  runTogether,
  type WorkflowGraph,
} from '@deckhand/shared';
import { readField } from '../archive/hotOrCold.ts';
import { withAuthor } from '../authors.ts';
import { touchSession } from '../list.ts';
import { holdAttachments } from '../retention/attachmentHolds.ts';
import { readRun } from '../run/runState.ts';
import { type Batch, type Check, commit, type EventDraft, type Op } from '../store/commit.ts';
import { orgKeys, part, sessionKey } from '../store/keys.ts';
import { type Run, readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, conditionOf, isPossible } from '../transitions.ts';
import { answerAgain } from './answeredRequest.ts';
import { released } from './held.ts';
import { keepLongText, type ShownText } from './longText.ts';
import { agentBeside } from './namedAgent.ts';
import { placeOf } from './place.ts';
import { requestHash } from './requestHash.ts';

export type PromptRequest = {
  requestId: string;
  text: string;
  attachments: Attachment[];
  author: Author;
  actor: Actor;
  /** Chosen for it; the session's where absent. */
  model?: string | undefined;
  /** `now`: for the turn that runs, before its next step. */
  when?: PromptWhen | undefined;
  /** Of one that only a plan is wanted of. */
  mode?: PromptMode | undefined;
  /** The approved graph that its turn runs. */
  workflow?: WorkflowGraph | undefined;
  /** Id of the agent that it names. */
  agent?: string | undefined;
  /** The lines of the diff that it comments on; its text says what. */
  places?: CommentPlace[] | undefined;
  /** Nothing is asked of a model: what lies in the work tree leaves, in these words. */
  delivers?: { title: string; body: string } | undefined;
  /** Who wrote it elsewhere: they may link an account of ours between two deliveries, and it stays one prompt. */
  writtenBy?: string | undefined;
};
export type Queued = { promptId: string; position: number };

/** What the inbox keeps of a prompt until its turn. */
export type StoredPrompt = PromptRequest & { promptId: string };

/** Prompts race each other for the next place in line; each loser looks again. So many losses mean something is wrong. */
const maxRaces = 50;

/** What is written with a prompt, in the same script; `checks`: what that stands on besides. */
type Beside = { checks: Check[]; of(queued: Queued): { ops: Op[]; events: EventDraft[] } };

/**
 * Puts a prompt into the session's queue and log in one script, once per author and requestId. The session is
 * indexed as open first: whatever dies afterwards, the sweeper finds the work. 'lost': what the rest stands on is no
 * more.
 */
export async function appendPrompt(
  store: Store,
  sessionId: string,
  request: PromptRequest,
): Promise<Result<Queued>>;
export async function appendPrompt(
  store: Store,
  sessionId: string,
  request: PromptRequest,
  beside: Beside,
): Promise<Result<Queued> | 'lost'>;
export async function appendPrompt(
  store: Store,
  sessionId: string,
  { writtenBy, when, mode, ...given }: PromptRequest,
  beside?: Beside,
): Promise<Result<Queued> | 'lost'> {
  const request: PromptRequest = {
    ...given,
    ...(when === 'now' ? { when } : {}),
    ...(planModeOf(mode) ? { mode } : {}),
  };
  const names = new Set([request.author.userId, writtenBy ?? request.author.userId]);
  const fields = [...names].map(name => `${name}|${request.requestId}`);
  const hash = requestHash(request);
  await store.sadd(orgKeys.open, sessionId);
  let kept: ShownText | null = null;
  for (let race = 0; race < maxRaces; race++) {
    const [known, waiting, meta] = await Promise.all([
      Promise.all(fields.map(field => readField(store, sessionId, part.requests, field))),
      readWaiting(store, sessionId),
      readMeta(store, sessionId),
    ]);
    if (!meta) return noSession(sessionId);
    const earlier = known.find(answered => answered !== null);
    if (earlier) return answerAgain(earlier, hash, request.requestId);
    if (!isPossible(meta.state, 'prompt.queued')) return archived();
    if (waiting.length >= limits.waitingPrompts)
      return failure(
        'queue_full',
        `${waiting.length} prompts already wait in this session. Wait for one to run or cancel one.`,
      );
    const missing = await holdAttachments(
      store,
      sessionId,
      request.attachments.map(({ attachmentId }) => attachmentId),
    );
    if (missing) return failure('not_found', `There is no attachment ${missing} any more. Upload it again.`);
    kept ??= await keepLongText(store, request.text, {
      actor: request.actor,
      beside: [request.requestId, request.attachments, request.author, request.places ?? []],
    });
    const promptId = newId('prompt');
    const place = placeOf(waiting, promptId, request.when);
    const queued: Queued = { promptId, position: place.position };
    const more = beside?.of(queued) ?? { ops: [], events: [] };
    // What was held is gone: nobody would wait for anything.
    const free = waiting.length === 0 && meta.queueHeld ? released(request.actor) : { ops: [], events: [] };
    const done = await commit(store, sessionId, {
      checks: [
        ...checksOf('prompt.queued', { request: fields[0] ?? '', waiting: waiting.length }),
        ...place.checks,
        ...(beside?.checks ?? []),
        ...fields.slice(1).flatMap(request => conditionOf('a new request', { request })),
      ],
      ops: [
        place.op,
        ['HSET', part.prompts, queued.promptId, JSON.stringify({ ...request, promptId: queued.promptId })],
        ['HSET', part.requests, ...fields.flatMap(field => [field, JSON.stringify({ ...queued, hash })])],
        ...kept.ops,
        ...free.ops,
        ...more.ops,
        ['HSET', part.meta, 'authors', JSON.stringify(withAuthor(meta.authors, request.author))],
      ],
      events: [
        ...kept.events,
        ...free.events,
        ...more.events,
        {
          type: 'prompt.queued',
          actor: request.actor,
          data: {
            ...queued,
            requestId: request.requestId,
            ...kept.shown,
            attachments: request.attachments,
            author: request.author,
            ...(request.model ? { model: request.model } : {}),
            ...(request.when ? { when: request.when } : {}),
            ...(request.mode ? { mode: request.mode } : {}),
            ...(request.agent ? { agent: request.agent } : {}),
            ...(request.places ? { places: request.places } : {}),
          },
        },
      ],
    });
    if (done.ok) {
      await touchSession(store, meta.orgId, sessionId);
      return { ok: true, ...queued };
    }
    if (beside?.checks.includes(done.failed)) return 'lost';
  }
  return failure('rate_limited', 'Too many prompts arrived at once. Send it again.');
}

export const waitingIds = (store: Store, sessionId: string): Promise<string[]> =>
  store.lrange(sessionKey(sessionId, part.inbox), 0, -1);

/** What waits, first in line first. */
async function readWaiting(store: Store, sessionId: string): Promise<StoredPrompt[]> {
  const ids = await waitingIds(store, sessionId);
  if (ids.length === 0) return [];
  const texts = await store.hmget(sessionKey(sessionId, part.prompts), ...ids);
  return texts.flatMap(text => (text ? [JSON.parse(text) as StoredPrompt] : []));
}

/** Its newest words count. */
export async function editPrompt(
  store: Store,
  sessionId: string,
  /** `agent`: the one that the text is addressed to. */
  edit: { promptId: string; text: string; actor: Actor; agent?: string | undefined },
): Promise<Result> {
  const { promptId, text, actor } = edit;
  const kept = await keepLongText(store, text, { actor });
  return changeWaiting(store, { sessionId, promptId }, before => {
    const stored = JSON.parse(before) as StoredPrompt;
    if (stored.author.userId !== actor.userId)
      return failure('not_found', 'Only its author can edit a waiting prompt.');
    if (stored.workflow)
      return failure(
        'bad_request',
        'An approved workflow runs as it was approved. Cancel it to ask for another.',
      );
    // One that was said beside the text counts until the text says another.
    const agent = edit.agent ?? agentBeside(stored)[0]?.agent;
    const edited = JSON.stringify({ ...stored, text, agent });
    const named = agent === stored.agent ? {} : { agent: agent ?? null };
    return {
      ok: true,
      checks: checksOf('prompt.edited', { prompts: [[promptId, before]] }),
      ops: [['HSET', part.prompts, promptId, edited], ...kept.ops],
      events: [...kept.events, { type: 'prompt.edited', actor, data: { promptId, ...kept.shown, ...named } }],
    };
  });
}

/** Takes a waiting prompt out of the queue. `not_found` where it does not wait (any more), also for who cancels twice. */
export function cancelPrompt(
  store: Store,
  sessionId: string,
  { promptId, actor }: { promptId: string; actor: Actor },
): Promise<Result> {
  return changeWaiting(store, { sessionId, promptId }, before => ({
    ok: true,
    checks: checksOf('prompt.cancelled', { prompts: [[promptId, before]] }),
    ops: [
      ['LREM', part.inbox, 1, promptId],
      ['HDEL', part.prompts, promptId],
    ],
    events: [{ type: 'prompt.cancelled', actor, data: { promptId } }],
  }));
}

/** A prompt as it waits now is changed; where somebody edits it in between, it is looked at again. */
async function changeWaiting(
  store: Store,
  { sessionId, promptId }: { sessionId: string; promptId: string },
  changeOf: (before: string) => Result<Batch>,
): Promise<Result> {
  let seen: string | null = null;
  for (let race = 0; race < maxRaces; race++) {
    const before = await store.hget(sessionKey(sessionId, part.prompts), promptId);
    // Something else than the prompt stands against it.
    if (before === null || before === seen) break;
    const change = changeOf(before);
    if (!change.ok) return change;
    const { ok: _, ...batch } = change;
    if ((await commit(store, sessionId, batch)).ok) return { ok: true };
    seen = before;
  }
  return notWaiting(store, sessionId, promptId);
}

/** The prompts at the head of the queue that one turn takes: the first, and those directly behind it by its author, for its model and its agent. */
export async function headPrompts(store: Store, sessionId: string): Promise<StoredPrompt[]> {
  const prompts = await readWaiting(store, sessionId);
  const first = prompts[0];
  if (!first) return [];
  const end = prompts.findIndex(
    (prompt, place) =>
      prompt.delivers !== first.delivers ||
      (place > 0 && (prompt.workflow !== undefined || first.workflow !== undefined)) ||
      !runTogether(first, prompt),
  );
  return end === -1 ? prompts : prompts.slice(0, end);
}

/** The prompts at the head of the queue that are for the turn that runs, as far as its model is theirs. */
export async function promptsFor(
  store: Store,
  sessionId: string,
  run: Pick<Run, 'model' | 'mode' | 'agent'>,
): Promise<StoredPrompt[]> {
  const prompts = await readWaiting(store, sessionId);
  const end = prompts.findIndex(
    ({ when, model = run.model, mode = run.mode, agent = run.agent?.id }) =>
      when !== 'now' || model !== run.model || mode !== run.mode || agent !== run.agent?.id,
  );
  return end === -1 ? prompts : prompts.slice(0, end);
}

async function notWaiting(store: Store, sessionId: string, promptId: string): Promise<Failure> {
  const { turn } = await readRun(store, sessionId);
  return turn?.promptIds.includes(promptId)
    ? failure('not_found', `Prompt ${promptId} has started: its turn can be stopped.`)
    : failure('not_found', `Prompt ${promptId} does not wait in this session: it has run or was cancelled.`);
}
const archived = () => failure('not_found', 'This session is archived. Start a new one.');
export const noSession = (sessionId: string) => failure('not_found', `There is no session ${sessionId}.`);
