const dayMs = 86_400_000;
/** A day as its number since 1970-01-01. */
export const parse = text => {
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) ? null : ms / dayMs;
};
export const format = day => new Date(day * dayMs).toISOString().slice(0, 10);
export const add = (day, n) => day + n;
/** Days from a to b, both counted. */
export const span = (a, b) => b - a + 1;
/** 1 (Monday) to 7. */
export const weekday = day => ((day + 3) % 7) + 1;
