import { duration } from '@deckhand/shared/ui';

/** Date and time as people here write it. */
export const clockTime = (ms: number): string =>
  new Date(ms).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' });

/** What a screen reader says of the scrubber's place. */
export function momentWords(moment: {
  seq: number;
  last: number;
  sinceMs: number;
  turn: number;
  turns: number;
}): string {
  const { seq, last, sinceMs, turn, turns } = moment;
  const of = turn === 0 ? 'before the first turn' : `turn ${turn} of ${turns}`;
  return `Event ${seq} of ${last}, ${of}, ${duration(sinceMs)} after the beginning`;
}
