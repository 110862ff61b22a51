import { add, parse, weekday } from '#dateish';

/** Price of a night in cents: Friday and Saturday cost half as much again. Null for what is no day. */
export function rate(day, baseCents) {
  const parsed = parse(day);
  if (parsed === null) return null;
  return weekday(parsed) === 5 || weekday(parsed) === 6 ? Math.round(baseCents * 1.5) : baseCents;
}

/** Of so many nights from a day on. */
export function total(arrival, nights, baseCents, dateOf) {
  let cents = 0;
  for (let i = 0; i < nights; i++) cents += rate(dateOf(add(parse(arrival), i)), baseCents);
  return cents;
}
