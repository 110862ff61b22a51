/** A server that names an hour is not waited for longer than this. */
const longestWaitMs = 60_000;

/** How long a server asks to be left alone, in milliseconds: `retry-after` is seconds or a date. */
export function retryAfterMs(
  headers: Record<string, string> | undefined,
  nowMs = Date.now(),
): number | undefined {
  const exact = Number(headers?.['retry-after-ms']);
  if (exact > 0) return Math.min(exact, longestWaitMs);
  const after = headers?.['retry-after'];
  if (after === undefined) return undefined;
  const ms = /^[\d.\s]+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - nowMs;
  return ms > 0 ? Math.min(ms, longestWaitMs) : undefined;
}
