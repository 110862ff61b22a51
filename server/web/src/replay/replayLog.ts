import { type Envelope, idOf } from '@deckhand/shared';
import type { View } from '@deckhand/shared/view';
import { type Axis, axisOf, type Moment } from './axis.ts';
import { snapshotsOf } from './snapshots.ts';
import { liveTextAt, streamsOf } from './streams.ts';

/** What a page holds of one log at most; what lies behind is not shown, and that is said. */
export const replayLimits = { events: 50_000, chars: 64 * 1024 * 1024 };

/** Where a turn begins; `ended`: somewhere behind it, it does. */
export type TurnMark = { seq: number; turnId: string; ended: boolean };

/** A log that can be looked at as it was at any moment. */
export type ReplayLog = {
  sessionId: string;
  events: readonly Envelope[];
  axis: Axis;
  turns: readonly TurnMark[];
  viewAt: (moment: Moment) => View;
};

const TurnId = idOf('turn');

/** `events` are 1..n with n > 0. */
export function replayLog(events: readonly Envelope[]): ReplayLog {
  const axis = axisOf(events);
  const streams = streamsOf(events, axis.atMs);
  const snapshots = snapshotsOf(events);
  snapshots.extend();
  return {
    sessionId: events[0]?.sessionId ?? '',
    events,
    axis,
    turns: turnsOf(events),
    viewAt(moment) {
      const view = snapshots.viewAt(moment.seq);
      const text = view.head.turn === null ? null : liveTextAt(streams, moment);
      return text ? { ...view, drafts: [text] } : view;
    },
  };
}

function turnsOf(events: readonly Envelope[]): TurnMark[] {
  const turns = new Map<string, TurnMark>();
  for (const { type, seq, data } of events) {
    if (type !== 'turn.started' && type !== 'turn.finished') continue;
    const turnId = TurnId.safeParse((data as { turnId?: unknown } | null)?.turnId).data;
    if (turnId === undefined) continue;
    const known = turns.get(turnId);
    if (type === 'turn.started' && !known) turns.set(turnId, { seq, turnId, ended: false });
    if (type === 'turn.finished' && known) known.ended = true;
  }
  return [...turns.values()];
}

/** The turn that runs or ran last, counted from 1; 0 before the first. */
export const turnNumberAt = (turns: readonly TurnMark[], seq: number): number => {
  const next = turns.findIndex(turn => turn.seq > seq);
  return next < 0 ? turns.length : next;
};
