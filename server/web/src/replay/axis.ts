import type { Envelope } from '@deckhand/shared';

/** Waiting longer than this is cut to it, on the scrubber and, where somebody wants that, while it plays. */
export const longestGapMs = 2000;

/** Where a replay stands: the last event that has happened by then, and when that is. */
export type Moment = { seq: number; atMs: number };

/**
 * The time of a log, twice: as it was, and as the scrubber shows it, where no gap is longer than `longestGapMs`. A
 * **place** is a time of the scrubber, 0 at the first event. Index i is event i + 1.
 */
export type Axis = { atMs: readonly number[]; places: readonly number[] };

export function axisOf(events: readonly Pick<Envelope, 'at'>[]): Axis {
  const atMs: number[] = [];
  const places: number[] = [];
  for (const { at } of events) {
    const before = atMs.at(-1);
    // A clock that was set back stands still here.
    const ms = Math.max(Date.parse(at) || 0, before ?? Number.NEGATIVE_INFINITY);
    places.push(before === undefined ? 0 : (places.at(-1) ?? 0) + Math.min(ms - before, longestGapMs));
    atMs.push(ms);
  }
  return { atMs, places };
}

export const endOf = ({ places }: Axis): number => places.at(-1) ?? 0;

/** The place of an event; the nearest one that there is for a number that is none. */
export const placeOf = ({ places }: Axis, seq: number): number =>
  places[Math.min(Math.max(1, seq), places.length) - 1] ?? 0;

/** Of events at one place the last has happened. */
export function momentAt(axis: Axis, place: number): Moment {
  const index = lastAtMost(axis.places, place);
  const startMs = axis.atMs[index] ?? 0;
  const [length, realMs] = gapAfter(axis, index);
  const into = length === 0 ? 0 : Math.min(1, Math.max(0, place - (axis.places[index] ?? 0)) / length);
  return { seq: index + 1, atMs: startMs + into * realMs };
}

/** The place after `ms` of playing. Waiting takes as long as it took, unless it is skipped. */
export function placeAfter(axis: Axis, from: number, ms: number, skipsWaiting: boolean): number {
  const end = endOf(axis);
  if (skipsWaiting) return Math.min(end, from + ms);
  let place = from;
  for (let left = ms; left > 0 && place < end; ) {
    const index = lastAtMost(axis.places, place);
    const [length, realMs] = gapAfter(axis, index);
    const to = axis.places[index + 1] ?? end;
    const realLeft = ((to - place) / length) * realMs;
    if (left < realLeft) return place + (left / realMs) * length;
    left -= realLeft;
    place = to;
  }
  return Math.min(end, place);
}

/** The gap behind an event: how long it is on the scrubber, and how long it took. */
function gapAfter({ atMs, places }: Axis, index: number): [length: number, realMs: number] {
  return [
    (places[index + 1] ?? places[index] ?? 0) - (places[index] ?? 0),
    (atMs[index + 1] ?? atMs[index] ?? 0) - (atMs[index] ?? 0),
  ];
}

/** The last index whose number is not above this one; 0 where there is none. */
function lastAtMost(numbers: readonly number[], most: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((numbers[middle] ?? 0) <= most) low = middle;
    else high = middle - 1;
  }
  return low;
}
