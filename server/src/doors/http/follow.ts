import { once } from 'node:events';
import { limits } from '@deckhand/shared';
import { type Request, type Response, Router } from 'express';
import { type Commands, parseInput } from '../../commands/commands.ts';
import { cursorAhead } from '../../commands/sessionCommands.ts';
import type { Visible } from '../../commands/visible.ts';
import type { Tokens } from '../../identity/tokens.ts';
import { every } from '../../platform/every.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { SessionLogs } from '../../sessions/log/logs.ts';
import { retryInMs } from '../connections.ts';
import { answerFailure, identify, unauthorized } from './answers.ts';

export type FollowDeps = {
  commands: Commands;
  tokens: Tokens;
  visible: Visible;
  logs: SessionLogs;
  metrics: Metrics;
  /** Aborts when this server stops: who follows is told, and comes back with Last-Event-ID. */
  closing: AbortSignal;
};

type StreamDeps = Omit<FollowDeps, 'commands'>;

const keepAliveMs = 15_000;
/** A reader of the past that takes nothing for so long is cut off. */
const patienceMs = 30_000;
/** A reader that lets more than this pile up is cut off; it comes back with Last-Event-ID (I7). */
const maxBufferedBytes = 4 * limits.socketFrameBytes;

/** The events of a session, for whoever wants to follow them; who wants a page of them asks the next router. */
export function followRouter(deps: FollowDeps): Router {
  const router = Router();
  router.get('/api/sessions/:sessionId/events', (request, response, next) => {
    if (!(request.headers.accept ?? '').includes('text/event-stream')) return next();
    return followEvents(deps, request, response);
  });
  return router;
}

/** Events as server-sent events: `id` is the seq, frames come as `event: frame` without an id. */
async function followEvents(deps: FollowDeps, request: Request, response: Response): Promise<void> {
  const who = await identify(deps.tokens, request);
  if (!who) return answerFailure(response, unauthorized());
  const lastEventId = request.headers['last-event-id'];
  const payload = {
    ...request.query,
    ...(lastEventId === undefined ? {} : { after: lastEventId }),
    ...request.params,
  };
  let after = 0;
  let sessionId = '';
  const call = { who, connectionId: null, door: 'http' as const };
  const admitted = await deps.commands.guarded(call, 'events.list', async () => {
    const parsed = parseInput('events.list', payload);
    if (!parsed.ok) return parsed;
    ({ after = 0, sessionId } = parsed.input);
    const seen = await deps.visible.session(who, sessionId, { fresh: true });
    if (!seen.ok) return seen;
    return after > seen.meta.last ? cursorAhead(seen.meta.last) : { ok: true as const };
  });
  if (!admitted.ok) return answerFailure(response, admitted);
  await stream(deps, { request, response }, { sessionId, after });
}

/** Exported for its tests: what a reader gets once it is admitted. */
export async function stream(
  deps: StreamDeps,
  { request, response }: { request: Request; response: Response },
  from: { sessionId: string; after: number },
): Promise<void> {
  // Before anything is awaited: whoever leaves meanwhile must leave nothing behind.
  const gone = new AbortController();
  const undo: (() => void)[] = [];
  response.on('close', () => {
    gone.abort();
    for (const end of undo.splice(0)) end();
  });
  if (response.destroyed || request.destroyed) return;
  const { feed, release } = await deps.logs.watch(from.sessionId);
  if (gone.signal.aborted) return release();
  undo.push(release);
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  const cutOff = () => {
    deps.metrics.slowViewers.inc();
    response.destroy();
  };
  const send = (text: string) => {
    if (response.writableEnded || response.destroyed) return;
    response.write(text);
    if (response.writableLength > maxBufferedBytes) cutOff();
  };
  const sendEvent = (event: { seq: number }) => {
    if (event.seq <= cursor) return;
    cursor = event.seq;
    send(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  let cursor = from.after;
  const sendFrame = (frame: object) => send(`event: frame\ndata: ${JSON.stringify(frame)}\n\n`);
  // Events that come while the past is read are read with it; those that come with the drafts are held back.
  const held: (() => void)[] = [];
  let phase: 'past' | 'drafts' | 'live' = 'past';
  const take = (sendIt: () => void) => {
    if (phase === 'live') sendIt();
    else if (phase === 'drafts') held.push(sendIt);
  };
  undo.push(
    feed.add({ event: event => take(() => sendEvent(event)), frame: frame => take(() => sendFrame(frame)) }),
  );
  const alive = setInterval(() => send(': still here\n\n'), keepAliveMs);
  const recheck = every(
    deps.visible.recheckMs,
    async () => {
      if (!(await maySee(deps, request, from.sessionId))) response.end();
    },
    () => {},
  );
  undo.push(() => clearInterval(alive));
  undo.push(() => void recheck.stop());
  const sayClosing = () => {
    send(`retry: ${retryInMs}\nevent: closing\ndata: ${JSON.stringify({ retryInMs })}\n\n`);
    response.end();
  };
  if (deps.closing.aborted) sayClosing();
  deps.closing.addEventListener('abort', sayClosing);
  undo.push(() => deps.closing.removeEventListener('abort', sayClosing));
  for (let more = true; more || feed.cursor > cursor; ) {
    if (response.destroyed || response.writableEnded) return;
    const page = await deps.logs.after(from.sessionId, { after: cursor, limit: limits.eventPageCount });
    for (const event of page.events) sendEvent(event);
    if (!(await taken(response, gone.signal, cutOff))) return;
    more = page.more;
  }
  phase = 'drafts';
  const drafts = await deps.logs.drafts(from.sessionId);
  for (const { afterSeq: _, ...draft } of drafts) {
    sendFrame({ sessionId: from.sessionId, offset: 0, ...draft });
  }
  phase = 'live';
  for (const sendHeld of held) sendHeld();
}

/** Waits until the reader took what was written: the log is read no faster. False where it is gone or takes nothing. */
async function taken(response: Response, gone: AbortSignal, cutOff: () => void): Promise<boolean> {
  if (gone.aborted || response.writableEnded) return false;
  if (!response.writableNeedDrain) return true;
  try {
    await once(response, 'drain', { signal: AbortSignal.any([gone, AbortSignal.timeout(patienceMs)]) });
    return true;
  } catch {
    if (!gone.aborted) cutOff();
    return false;
  }
}

/** Whoever signed out or lost the repository gets no more. While Redis is away nothing new comes anyway. */
async function maySee(deps: StreamDeps, request: Request, sessionId: string): Promise<boolean> {
  try {
    const who = await identify(deps.tokens, request);
    return who !== null && (await deps.visible.session(who, sessionId, { fresh: true })).ok;
  } catch {
    return true;
  }
}
