import { add, format, parse, span } from '#dateish';

/** Nights of a stay; null where one of the days is no day. */
export function nights(arrival, departure) {
  const from = parse(arrival);
  const to = parse(departure);
  if (from === null || to === null) return null;
  return span(from, to) - 1;
}

/** The day until which a stay can be cancelled: a week before. */
export const cancelUntil = arrival => format(add(parse(arrival), -7));
