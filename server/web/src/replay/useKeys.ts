import { useEffect, useRef } from 'react';
import { flushSync } from 'react-dom';
import type { Playback } from './usePlayback.ts';

/** Keys of the whole page: space plays, arrows go by an event, with Shift by a turn, Home and End to the ends. */
export function useKeys(playback: Playback, last: number): void {
  const newest = useRef(playback);
  newest.current = playback;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const act = actOf(event, newest.current, last);
      if (!act) return;
      event.preventDefault();
      // The next key, which may come at once, goes on from there.
      flushSync(act);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [last]);
}

function actOf(event: KeyboardEvent, playback: Playback, last: number): (() => void) | null {
  const { toSeq, toTurn, toggle, moment } = playback;
  const on = event.target instanceof HTMLElement ? event.target : null;
  const isScrubber = on instanceof HTMLInputElement && on.type === 'range';
  // What the keys mean by themselves there: a menu, a switch, a text, a dialog.
  if (event.ctrlKey || event.metaKey || event.altKey || on?.closest('select, dialog, textarea')) return null;
  if (on?.closest('input') && !isScrubber) return null;
  switch (event.key) {
    case ' ':
      return on?.closest('button, a, summary') ? null : toggle;
    case 'ArrowLeft':
      return event.shiftKey ? () => toTurn(-1) : () => toSeq(moment.seq - 1);
    case 'ArrowRight':
      return event.shiftKey ? () => toTurn(1) : () => toSeq(moment.seq + 1);
    // Elsewhere these scroll.
    case 'ArrowDown':
    case 'ArrowUp':
      return isScrubber ? () => toSeq(moment.seq + (event.key === 'ArrowUp' ? 1 : -1)) : null;
    case 'PageDown':
    case 'PageUp':
      return isScrubber ? () => toTurn(event.key === 'PageUp' ? 1 : -1) : null;
    case 'Home':
      return () => toSeq(1);
    case 'End':
      return () => toSeq(last);
    default:
      return null;
  }
}
