const mostRemembered = 10_000;

/** Whether something is worth an entry again: whoever tries a thousand times a minute does not fill the log. */
export function seldom(everyMs: number, clock: () => number): (key: string) => boolean {
  const lastAtMs = new Map<string, number>();
  return key => {
    const nowMs = clock();
    const last = lastAtMs.get(key);
    if (last !== undefined && nowMs - last < everyMs) return false;
    if (lastAtMs.size >= mostRemembered) lastAtMs.clear();
    lastAtMs.set(key, nowMs);
    return true;
  };
}
