const dayMs = 86_400_000;
/** A day as its number since 1970-01-01. Throws RangeError for what is no day. */
export function parse(text) {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const ms = match ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) throw new RangeError(`no day: ${text}`);
  return ms / dayMs;
}
export const format = day => new Date(day * dayMs).toISOString().slice(0, 10);
export const plus = (day, { days = 0, weeks = 0 }) => day + days + 7 * weeks;
/** Days from a to b, a not counted. */
export const between = (a, b) => b - a;
/** 0 (Sunday) to 6. */
export const weekday = day => (((day + 4) % 7) + 7) % 7;
