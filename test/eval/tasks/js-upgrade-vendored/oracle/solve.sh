set -e
rm -r vendor/dateish-1
sed -i 's/dateish-1/dateish-2/' package.json
cat > src/day.js <<'JS'
import { parse } from '#dateish';

/** The day of a text; null for what is none. */
export function dayOf(text) {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
JS
cat > src/stay.js <<'JS'
import { between, format, parse, plus } from '#dateish';
import { dayOf } from './day.js';

/** Nights of a stay; null where one of the days is no day. */
export function nights(arrival, departure) {
  const from = dayOf(arrival);
  const to = dayOf(departure);
  if (from === null || to === null) return null;
  return between(from, to);
}

/** The day until which a stay can be cancelled: a week before. */
export const cancelUntil = arrival => format(plus(parse(arrival), { weeks: -1 }));
JS
cat > src/rates.js <<'JS'
import { parse, plus, weekday } from '#dateish';
import { dayOf } from './day.js';

const friday = 5;
const saturday = 6;

/** Price of a night in cents: Friday and Saturday cost half as much again. Null for what is no day. */
export function rate(day, baseCents) {
  const parsed = dayOf(day);
  if (parsed === null) return null;
  return [friday, saturday].includes(weekday(parsed)) ? Math.round(baseCents * 1.5) : baseCents;
}

/** Of so many nights from a day on. */
export function total(arrival, nights, baseCents, dateOf) {
  let cents = 0;
  for (let i = 0; i < nights; i++) cents += rate(dateOf(plus(parse(arrival), { days: i })), baseCents);
  return cents;
}
JS
cat > src/report.js <<'JS'
import { weekday } from '#dateish';
import { dayOf } from './day.js';

const names = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Bookings by weekday of arrival, those with no day under `?`. */
export function byWeekday(bookings) {
  const counts = {};
  for (const { arrival } of bookings) {
    const day = dayOf(arrival);
    const name = day === null ? '?' : names[weekday(day)];
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
JS
