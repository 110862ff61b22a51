import { z } from 'zod';
import { Draft, Envelope } from './events.ts';
import { Head } from './head.ts';
import { idOf, RequestId } from './ids.ts';
import { limits } from './limits.ts';
import { Budget, Origin, Session } from './session.ts';

const count = z.number().int().nonnegative();
/** Query strings carry numbers as text; JSON carries them as numbers. Both doors share one schema. */
const countIn = z.coerce.number().int().nonnegative();

const sessionId = idOf('session');
const promptId = idOf('prompt');
const promptText = z
  .string()
  .max(limits.promptChars, `a prompt has at most ${limits.promptChars} characters`)
  .refine(text => text.trim() !== '', 'a prompt needs some text');
const attachments = z
  .array(idOf('attachment'))
  .max(limits.attachments, `at most ${limits.attachments} attachments`)
  .default([]);
/** Only a token with the `act` scope may say for whom it acts. */
export const OnBehalfOf = z.object({
  provider: z.string().min(1).max(40),
  id: z.string().min(1).max(200),
  name: z.string().min(1).max(200),
});
export type OnBehalfOf = z.infer<typeof OnBehalfOf>;
const onBehalfOf = OnBehalfOf.optional();
const nothing = z.looseObject({});

export const SessionPage = z.object({ sessions: z.array(Session), after: z.string().nullable() });
export const EventPage = z.object({ events: z.array(Envelope), last: count, more: z.boolean() });
export type EventPage = z.infer<typeof EventPage>;
export const RepoInfo = z.object({
  id: z.string(),
  description: z.string(),
  aliases: z.array(z.string()),
  pages: z.array(z.string()),
  baseBranch: z.string().nullable(),
  host: z.enum(['local', 'github']),
});
export type RepoInfo = z.infer<typeof RepoInfo>;
export const Me = z.object({
  userId: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  /** The model that answers, `rehearsal` without a model key; clients say so. */
  model: z.string(),
  rehearsal: z.boolean(),
});
export type Me = z.infer<typeof Me>;
/** What the machine is still getting ready, e.g. the base image; empty text when nothing. */
export const Readiness = z.object({
  ready: z.boolean(),
  parts: z.array(
    z.object({ name: z.string(), state: z.enum(['ok', 'preparing', 'failed']), detail: z.string() }),
  ),
});
export type Readiness = z.infer<typeof Readiness>;

export const OpenAck = z.object({
  protocol: z.number(),
  session: Session,
  head: Head,
  drafts: z.array(Draft),
  events: z.array(Envelope),
  /** `seq` of the first event that this answer covers; older ones come through `GET …/events?before=`. */
  from: count,
  last: count,
  /** More events follow: open again with `after` = the last one given. Live events start once this is false. */
  more: z.boolean(),
});
export type OpenAck = z.infer<typeof OpenAck>;

type Http = { method: 'GET' | 'POST' | 'PATCH' | 'DELETE'; path: string; status: number };
const http = (method: Http['method'], path: string, status = 200): Http => ({ method, path, status });

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
      onBehalfOf,
    }),
    output: z.object({ session: Session, promptId: promptId.optional() }),
    http: http('POST', '/sessions', 201),
    socket: true,
  },
  'session.list': {
    input: z.object({
      after: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    output: SessionPage,
    http: http('GET', '/sessions'),
    socket: false,
  },
  'session.get': {
    input: z.object({ sessionId }),
    output: z.object({ session: Session }),
    http: http('GET', '/sessions/:sessionId'),
    socket: false,
  },
  'session.archive': {
    input: z.object({ sessionId }),
    output: nothing,
    http: http('DELETE', '/sessions/:sessionId'),
    socket: false,
  },
  'session.view': {
    input: z.object({ sessionId }),
    output: z.object({ head: Head, drafts: z.array(Draft), last: count }),
    http: http('GET', '/sessions/:sessionId/view'),
    socket: false,
  },
  'session.diff': {
    input: z.object({ sessionId }),
    /** `base` and `head` are commit ids, null before the first commit; `diff` is in git's unified form. */
    output: z.object({ base: z.string().nullable(), head: z.string().nullable(), diff: z.string() }),
    http: http('GET', '/sessions/:sessionId/diff'),
    socket: false,
  },
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
  'prompt.send': {
    input: z.object({ sessionId, requestId: RequestId, text: promptText, attachments, onBehalfOf }),
    output: z.object({ promptId, position: count }),
    http: http('POST', '/sessions/:sessionId/prompts', 202),
    socket: true,
  },
  'prompt.edit': {
    input: z.object({ sessionId, promptId, text: promptText, onBehalfOf }),
    output: nothing,
    http: http('PATCH', '/sessions/:sessionId/prompts/:promptId'),
    socket: true,
  },
  'prompt.cancel': {
    input: z.object({ sessionId, promptId }),
    output: nothing,
    http: http('DELETE', '/sessions/:sessionId/prompts/:promptId'),
    socket: true,
  },
  'turn.stop': {
    input: z.object({ sessionId, turnId: idOf('turn').optional() }),
    output: z.object({ turnId: idOf('turn') }),
    http: http('POST', '/sessions/:sessionId/stop'),
    socket: true,
  },
  typing: { input: z.object({ sessionId }), output: nothing, http: null, socket: true },
  'approval.answer': {
    input: z.object({ sessionId, approvalId: z.string(), approve: z.boolean() }),
    output: nothing,
    http: null,
    socket: true,
  },
  'repo.list': {
    input: z.object({}),
    output: z.object({ repos: z.array(RepoInfo) }),
    http: http('GET', '/repos'),
    socket: false,
  },
  me: { input: z.object({}), output: Me, http: http('GET', '/me'), socket: false },
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
