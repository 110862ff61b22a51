import { z } from 'zod';
import { agentCommands } from './agentCommands.ts';
import { AgentId } from './agents.ts';
import { EventPage, Me, OpenAck, Readiness, RepoInfo, TurnInfo } from './answers.ts';
import { AttemptsWanted, attemptCommands } from './attempts.ts';
import { auditCommands } from './audit.ts';
import { boardCommands } from './board.ts';
import { budgetCommands } from './budgets.ts';
import { classifyCommands } from './classifyCommands.ts';
import { controlCommands } from './control.ts';
import { diffCommands } from './diff.ts';
import { eraseCommands } from './eraseCommands.ts';
import { Draft } from './frames.ts';
import { grantCommands } from './grantCommands.ts';
import { Head } from './head.ts';
import { http } from './httpForm.ts';
import { idOf, RequestId } from './ids.ts';
import { MachineUse, RepoImage, SandboxInfo } from './images.ts';
import { limits } from './limits.ts';
import { needsCommands } from './needs.ts';
import { operatorCommands } from './operatorCommands.ts';
import { pageCommands } from './page.ts';
import { pathCommands } from './pathCommands.ts';
import { OnBehalfOf, OnBehalfOfRead, Role, UserInfo } from './people.ts';
import { policyCommands } from './policyCommands.ts';
import { PreviewInput, PreviewOpened } from './preview.ts';
import { promptCommands } from './promptCommands.ts';
import { AttachmentIds, ModelChoice, PromptMode, PromptText } from './prompts.ts';
import { secretCommands } from './secretCommands.ts';
import { Budget, Origin, Session } from './session.ts';
import { sessionListCommands } from './sessionList.ts';
import { stepCommands } from './stepCommands.ts';
import { terminalCommands } from './terminal.ts';
import { threadCommands } from './threadCommands.ts';
import { treeCommands } from './tree.ts';

const count = z.number().int().nonnegative();
/** Query strings carry numbers as text; JSON carries them as numbers. Both doors share one schema. */
const countIn = z.coerce.number().int().nonnegative();

const sessionId = idOf('session');
const promptId = idOf('prompt');
const turnId = idOf('turn');
const promptText = PromptText;
const attachments = AttachmentIds;
const onBehalfOf = OnBehalfOf.optional();
/** Answers what that person may see. */
const readFor = { onBehalfOf: OnBehalfOfRead.optional() };
const nothing = z.looseObject({});
/** One line, as lists show it. */
const Title = z
  .string()
  .transform(text => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim())
  .pipe(z.string().min(1).max(limits.titleChars));

/**
 * Every command, once: its input, its answer, and the door(s) that offer it. Under HTTP, path parameters, query
 * and body together are the input. `socket: true` offers it as a Socket.IO event of the same name.
 */
export const commands = {
  warmup: {
    input: z.object({ requestId: RequestId, repo: z.string(), onBehalfOf }),
    output: z.object({ warmupId: idOf('warmup') }),
    http: http('POST', '/warmups', 201),
    socket: true,
  },
  'session.create': {
    input: z.object({
      requestId: RequestId,
      repo: z.string().optional(),
      prompt: promptText.optional(),
      attachments,
      title: z.string().min(1).max(limits.titleChars).optional(),
      origin: Origin.default('api'),
      warmupId: idOf('warmup').optional(),
      budget: Budget.optional(),
      model: ModelChoice,
      /** Of the first prompt. */
      mode: PromptMode.default('work'),
      /** Which agent is to work on it; `@name` at the beginning of its text says the same. */
      agent: AgentId.optional(),
      /** The first prompt is worked on so many times, each in a session of its own; one of them is taken then. */
      attempts: AttemptsWanted.optional(),
      /** Of attempts: whether a reviewer looks at each. */
      review: z.boolean().default(true),
      onBehalfOf,
    }),
    output: z.object({
      session: Session,
      promptId: promptId.optional(),
      groupId: idOf('group').optional(),
    }),
    http: http('POST', '/sessions', 201),
    socket: true,
  },
  ...sessionListCommands,
  'session.get': {
    input: z.object({ sessionId, ...readFor }),
    output: z.object({ session: Session }),
    http: http('GET', '/sessions/:sessionId'),
    socket: false,
  },
  'session.rename': {
    input: z.object({ sessionId, title: Title, onBehalfOf }),
    output: nothing,
    http: http('PATCH', '/sessions/:sessionId'),
    socket: false,
  },
  'session.archive': {
    input: z.object({ sessionId }),
    output: nothing,
    http: http('DELETE', '/sessions/:sessionId'),
    socket: false,
  },
  'session.view': {
    input: z.object({ sessionId, ...readFor }),
    output: z.object({ head: Head, drafts: z.array(Draft), last: count }),
    http: http('GET', '/sessions/:sessionId/view'),
    socket: false,
  },
  ...diffCommands,
  'events.list': {
    input: z.object({
      sessionId,
      after: countIn.optional(),
      before: countIn.optional(),
      limit: z.coerce.number().int().min(1).max(limits.eventPageCount).default(200),
    }),
    output: EventPage,
    http: http('GET', '/sessions/:sessionId/events'),
    socket: false,
  },
  'session.open': {
    input: z.object({
      sessionId,
      after: count.optional(),
      tail: z.number().int().min(1).max(1000).optional(),
    }),
    output: OpenAck,
    http: null,
    socket: true,
  },
  'session.leave': { input: z.object({ sessionId }), output: nothing, http: null, socket: true },
  ...promptCommands,
  'turn.list': {
    input: z.object({ sessionId }),
    output: z.object({ turns: z.array(TurnInfo) }),
    http: http('GET', '/sessions/:sessionId/turns'),
    socket: false,
  },
  /** A named snapshot stays however many follow; null takes the name back. */
  'snapshot.name': {
    input: z.object({ sessionId, turnId, name: z.string().trim().min(1).max(100).nullable() }),
    output: nothing,
    http: http('PATCH', '/sessions/:sessionId/turns/:turnId/snapshot'),
    socket: false,
  },
  /** A new session with the history of this one up to the end of that turn. */
  'session.fork': {
    input: z.object({
      requestId: RequestId,
      sessionId,
      turnId,
      title: z.string().min(1).max(limits.titleChars).optional(),
      onBehalfOf,
    }),
    output: z.object({ session: Session }),
    http: http('POST', '/sessions/:sessionId/forks', 201),
    socket: true,
  },
  /** Takes a session that rests back to the end of that turn. Nothing is erased: a later rewind may go forward again. */
  'session.rewind': {
    input: z.object({ sessionId, turnId, onBehalfOf }),
    output: z.object({ session: Session }),
    http: http('POST', '/sessions/:sessionId/rewind'),
    socket: true,
  },
  /** A link, good once, that opens what listens in the session's sandbox to this browser. */
  'preview.open': {
    input: PreviewInput,
    output: PreviewOpened,
    http: http('POST', '/sessions/:sessionId/previews', 201),
    socket: false,
  },
  ...terminalCommands,
  ...controlCommands,
  ...stepCommands,
  ...treeCommands,
  ...attemptCommands,
  ...boardCommands,
  ...needsCommands,
  ...agentCommands,
  ...pageCommands,
  ...pathCommands,
  typing: { input: z.object({ sessionId }), output: nothing, http: null, socket: true },
  'repo.list': {
    input: z.object(readFor),
    output: z.object({ repos: z.array(RepoInfo) }),
    http: http('GET', '/repos'),
    socket: false,
  },
  ...classifyCommands,
  /** Looks for new commits now, as a push to the repository does; `clean` builds from nothing, whatever is new. */
  'repo.refresh': {
    input: z.object({
      repo: z.string(),
      clean: z.boolean().default(false),
      /** A hook says it, rather than a person. */
      pushed: z.boolean().default(false),
    }),
    output: nothing,
    http: http('POST', '/repos/:repo/refresh', 202),
    socket: false,
  },
  'image.list': {
    input: z.object(readFor),
    output: z.object({ images: z.array(RepoImage) }),
    http: http('GET', '/images'),
    socket: false,
  },
  /** A piece of a build's log; `after` is `next` of the piece before. `done`: nothing more comes. */
  'build.log': {
    input: z.object({
      repo: z.string(),
      buildId: idOf('build'),
      after: z
        .string()
        .regex(/^(\d+-\d+)?$/)
        .default(''),
    }),
    output: z.object({ text: z.string(), next: z.string(), more: z.boolean(), done: z.boolean() }),
    http: http('GET', '/repos/:repo/builds/:buildId/log'),
    socket: false,
  },
  'sandbox.list': {
    input: z.object({}),
    output: z.object({ sandboxes: z.array(SandboxInfo), machine: MachineUse.nullable() }),
    http: http('GET', '/sandboxes'),
    socket: false,
  },
  ...grantCommands,
  ...policyCommands,
  ...secretCommands,
  ...operatorCommands,
  ...auditCommands,
  ...budgetCommands,
  ...eraseCommands,
  ...threadCommands,
  me: { input: z.object({}), output: Me, http: http('GET', '/me'), socket: false },
  'user.list': {
    input: z.object({}),
    output: z.object({ users: z.array(UserInfo) }),
    http: http('GET', '/users'),
    socket: false,
  },
  /** What somebody may do from now on. Those whom DECKHAND_ADMINS names stay admins. */
  'user.role': {
    input: z.object({ login: z.string().min(1).max(100), role: Role }),
    output: z.object({ user: UserInfo }),
    http: http('PATCH', '/users/:login'),
    socket: false,
  },
  'link.create': {
    input: z.object({}),
    /** A one-time link that signs a browser in; for this server's own people only. */
    output: z.object({ url: z.string() }),
    http: http('POST', '/links', 201),
    socket: false,
  },
  readiness: { input: z.object({}), output: Readiness, http: http('GET', '/readiness'), socket: false },
} as const;

export type CommandName = keyof typeof commands;
/** What a client may leave out is optional here. */
export type CommandInput<N extends CommandName> = z.input<(typeof commands)[N]['input']>;
/** What a handler gets, defaults filled in. */
export type CommandParsed<N extends CommandName> = z.output<(typeof commands)[N]['input']>;
export type CommandOutput<N extends CommandName> = z.output<(typeof commands)[N]['output']>;
export type SocketCommand = {
  [N in CommandName]: (typeof commands)[N]['socket'] extends true ? N : never;
}[CommandName];
export type HttpCommand = {
  [N in CommandName]: (typeof commands)[N]['http'] extends null ? never : N;
}[CommandName];
