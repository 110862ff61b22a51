import * as dateish from '#dateish';

const names = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Bookings by weekday of arrival, those with no day under `?`. */
export function byWeekday(bookings) {
  const counts = {};
  for (const { arrival } of bookings) {
    const day = dateish.parse(arrival);
    const name = day === null ? '?' : names[dateish.weekday(day) - 1];
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
