import type { Envelope, OpenAck, Result } from '@deckhand/shared';
import { failure, limits, PROTOCOL } from '@deckhand/shared';
import type { Socket } from 'socket.io';
import { cursorAhead } from '../../commands/sessionCommands.ts';
import type { Visible } from '../../commands/visible.ts';
import type { SessionLogs } from '../../sessions/log/logs.ts';
import { toSession } from '../../sessions/store/meta.ts';
import type { Viewers } from './viewers.ts';

export type OpenDeps = { logs: SessionLogs; viewers: Viewers; visible: Visible };

/**
 * Answers a page of the log and the fold of all of it; the last page also lets the live events in. The socket
 * follows before the drafts are read, so that each frame is in them or comes after.
 */
export async function openSession(
  deps: OpenDeps,
  socket: Socket,
  open: { sessionId: string; after?: number | undefined; tail?: number | undefined },
): Promise<Result<OpenAck>> {
  const { logs, viewers, visible } = deps;
  const { sessionId } = open;
  const seen = await visible.session(socket.data.who, sessionId, { fresh: true });
  if (!seen.ok) return seen;
  if ((open.after ?? 0) > seen.meta.last) return cursorAhead(seen.meta.last);
  const leaves = viewers.leavesOf(sessionId, socket);
  const { feed, release } = await logs.watch(sessionId);
  try {
    const first = await firstPage(logs, open, seen.meta.last);
    const { from, events } = first;
    let { last, more } = first;
    if (!more) {
      await viewers.keep(sessionId);
      if (!viewers.isExpected(sessionId, socket, leaves)) {
        viewers.leave(sessionId, socket);
        return failure('closing', 'The viewer left while the session was opened.');
      }
      await viewers.join(sessionId, socket);
      const rest = await logs.after(sessionId, { after: last, limit: limits.eventPageCount });
      events.push(...rest.events);
      ({ last, more } = { last: rest.last, more: rest.more });
    }
    const drafts = await logs.drafts(sessionId);
    if (feed.cursor < last) await feed.catchUp();
    const session = toSession(seen.meta);
    return { ok: true, protocol: PROTOCOL, session, head: feed.head, drafts, events, from, last, more };
  } finally {
    release();
  }
}

async function firstPage(
  logs: SessionLogs,
  open: { sessionId: string; after?: number | undefined; tail?: number | undefined },
  newest: number,
): Promise<{ from: number; events: Envelope[]; last: number; more: boolean }> {
  const { sessionId, after, tail } = open;
  if (after === undefined && tail !== undefined) {
    const page = await logs.before(sessionId, { before: newest + 1, limit: tail });
    return { from: page.events[0]?.seq ?? 1, events: page.events, last: newest, more: false };
  }
  const start = after ?? 0;
  const page = await logs.after(sessionId, { after: start, limit: limits.eventPageCount });
  return { from: start + 1, ...page };
}
