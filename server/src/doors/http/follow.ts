import { limits } from '@deckhand/shared';
import type { Request, Response } from 'express';
import { type CommandDeps, guarded, parseInput } from '../../commands/run.ts';
import { cursorAhead } from '../../commands/sessionCommands.ts';
import type { Sight } from '../../commands/visible.ts';
import type { Tokens } from '../../identity/tokens.ts';
import { readDrafts } from '../../sessions/log/drafts.ts';
import type { Feeds } from '../../sessions/log/feed.ts';
import { readAll } from '../../sessions/log/log.ts';
import type { Store } from '../../sessions/store/store.ts';
import { retryInMs } from '../connections.ts';
import { answerFailure, identify, unauthorized } from './api.ts';

export type FollowDeps = CommandDeps & {
  store: Store;
  feeds: Feeds;
  tokens: Tokens;
  sight: Sight;
  /** Aborts when this server stops: who follows is told, and comes back with Last-Event-ID. */
  closing: AbortSignal;
};

const keepAliveMs = 15_000;
/** A reader that lets more than this pile up is cut off; it comes back with Last-Event-ID (I7). */
const maxBufferedBytes = 4 * limits.socketFrameBytes;

/** Whether a request for events wants to follow them. */
export const wantsStream = (request: Request) => (request.headers.accept ?? '').includes('text/event-stream');

/** Events as server-sent events: `id` is the seq, frames come as `event: frame` without an id. */
export async function followEvents(deps: FollowDeps, request: Request, response: Response): Promise<void> {
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
  const admitted = await guarded(deps, call, 'events.list', async () => {
    const parsed = parseInput('events.list', payload);
    if (!parsed.ok) return parsed;
    ({ after = 0, sessionId } = parsed.input);
    const seen = await deps.sight.session(who, sessionId, { fresh: true });
    if (!seen.ok) return seen;
    return after > seen.meta.last ? cursorAhead(seen.meta.last) : { ok: true };
  });
  if (!admitted.ok) return answerFailure(response, admitted);
  await stream(deps, { request, response }, { sessionId, after });
}

async function stream(
  deps: FollowDeps,
  { request, response }: { request: Request; response: Response },
  from: { sessionId: string; after: number },
): Promise<void> {
  const { feed, release } = await deps.feeds.watch(from.sessionId);
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  const send = (text: string) => {
    if (response.writableEnded) return;
    response.write(text);
    if (response.writableLength > maxBufferedBytes) {
      deps.metrics.slowViewers.inc();
      response.destroy();
    }
  };
  const sendEvent = (event: { seq: number }) => {
    if (event.seq <= cursor) return;
    cursor = event.seq;
    send(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  let cursor = from.after;
  const sendFrame = (frame: object) => send(`event: frame\ndata: ${JSON.stringify(frame)}\n\n`);
  // What happens while the past is read is held back, so that the order is the log's.
  const held: (() => void)[] = [];
  let phase: 'past' | 'drafts' | 'live' = 'past';
  const remove = feed.add({
    event: event => (phase === 'live' ? sendEvent(event) : held.push(() => sendEvent(event))),
    frame: frame => {
      if (phase === 'live') sendFrame(frame);
      // Frames of before are in the drafts; one that is both does no harm.
      else if (phase === 'drafts') held.push(() => sendFrame(frame));
    },
  });
  const alive = setInterval(() => send(': still here\n\n'), keepAliveMs);
  const recheck = setInterval(() => {
    void maySee(deps, request, from.sessionId).then(may => may || response.end());
  }, deps.sight.recheckMs);
  const sayClosing = () => {
    send(`retry: ${retryInMs}\nevent: closing\ndata: ${JSON.stringify({ retryInMs })}\n\n`);
    response.end();
  };
  if (deps.closing.aborted) sayClosing();
  deps.closing.addEventListener('abort', sayClosing);
  response.on('close', () => {
    deps.closing.removeEventListener('abort', sayClosing);
    clearInterval(alive);
    clearInterval(recheck);
    remove();
    release();
  });
  for await (const event of readAll(deps.store, from.sessionId, from.after)) {
    if (response.destroyed || response.writableEnded) return;
    sendEvent(event);
  }
  phase = 'drafts';
  const { drafts } = await readDrafts(deps.store, from.sessionId);
  for (const { afterSeq: _, ...draft } of drafts) {
    sendFrame({ sessionId: from.sessionId, offset: 0, ...draft });
  }
  phase = 'live';
  for (const sendHeld of held) sendHeld();
}

/** Whoever signed out or lost the repository gets no more. While Redis is away nothing new comes anyway. */
async function maySee(deps: FollowDeps, request: Request, sessionId: string): Promise<boolean> {
  try {
    const who = await identify(deps.tokens, request);
    return who !== null && (await deps.sight.session(who, sessionId, { fresh: true })).ok;
  } catch {
    return true;
  }
}
