import { useMedia } from '@deckhand/shared/ui';
import { useCallback, useEffect, useState } from 'react';
import { endOf, momentAt, placeAfter, placeOf } from './axis.ts';
import { type ReplayLog, turnNumberAt } from './replayLog.ts';

export const speeds = [1, 4, 16] as const;
export type Speed = (typeof speeds)[number];

/** A tab that slept does not leap. */
const longestFrameMs = 250;

/** Where a replay stands, and what moves it. It begins at `startSeq`, or at the first event. */
export function usePlayback(log: ReplayLog, startSeq: number | null) {
  const { axis, turns } = log;
  const calm = useMedia('(prefers-reduced-motion: reduce)');
  const end = endOf(axis);
  const [place, setPlace] = useState(() => placeOf(axis, startSeq ?? 1));
  // Of events at one place the last counts, but whoever asks for one of them sees that one.
  const [chosen, setChosen] = useState<number | null>(startSeq);
  // How often somebody went elsewhere by hand.
  const [jumps, setJumps] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>(1);
  const [skipsWaiting, setSkipsWaiting] = useState(true);
  const atEnd = place >= end && (chosen === null || chosen >= log.events.length);

  useEffect(() => {
    if (!playing) return;
    let before = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      const ms = Math.min(longestFrameMs, Math.max(0, now - before)) * speed;
      before = now;
      setChosen(null);
      setPlace(from => placeAfter(axis, from, ms, skipsWaiting));
      frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing, speed, skipsWaiting, axis]);
  useEffect(() => {
    if (playing && place >= end) setPlaying(false);
  }, [playing, place, end]);

  const there = momentAt(axis, place);
  const seq = chosen === null ? there.seq : Math.min(chosen, log.events.length);
  const startMs = axis.atMs[seq - 1] ?? 0;
  // Without motion texts come whole, with their event.
  const moment = { seq, atMs: calm || chosen !== null ? startMs : there.atMs };

  const seek = useCallback((to: number) => {
    setJumps(count => count + 1);
    setChosen(null);
    setPlace(to);
  }, []);
  const toSeq = useCallback(
    (to: number) => {
      const wanted = Math.min(Math.max(1, to), log.events.length);
      setJumps(count => count + 1);
      setChosen(wanted);
      setPlace(placeOf(axis, wanted));
    },
    [axis, log.events.length],
  );
  const toTurn = useCallback(
    (by: 1 | -1) => {
      const now = turnNumberAt(turns, seq);
      const isWithin = seq > (turns[now - 1]?.seq ?? 0);
      const mark = turns[by === 1 ? now : now - (isWithin ? 1 : 2)];
      toSeq(mark?.seq ?? (by === 1 ? log.events.length : 1));
    },
    [turns, seq, toSeq, log.events.length],
  );
  const toggle = useCallback(() => {
    setChosen(null);
    if (!playing && atEnd) setPlace(0);
    setPlaying(!playing);
  }, [playing, atEnd]);
  return {
    ...{ place, end, moment, jumps, playing, speed, skipsWaiting, atEnd },
    ...{ seek, toSeq, toTurn, toggle, setSpeed, setSkipsWaiting },
  };
}

export type Playback = ReturnType<typeof usePlayback>;
