export type Repeated = {
  /** Begins a round now; one that is under way is followed by one more. Resolves when that round is over. */
  now(): Promise<void>;
  /** No round begins any more; resolves when the one under way is over. */
  stop(): Promise<void>;
};

/**
 * Work that comes back every so many milliseconds. Rounds never overlap: where one takes longer than the interval, the
 * next waits for it. A round that fails is told to `onError`, and the next comes all the same. Keeps no process alive.
 */
export function every(
  ms: number,
  work: (signal: AbortSignal) => Promise<unknown>,
  onError: (error: unknown) => void,
): Repeated {
  const stopped = new AbortController();
  let round: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  async function once(): Promise<void> {
    if (stopped.signal.aborted) return;
    try {
      await work(stopped.signal);
    } catch (error) {
      if (!stopped.signal.aborted) onError(error);
    }
  }
  function begin(): Promise<void> {
    const begun = once().finally(() => {
      round = null;
    });
    round = begun;
    return begun;
  }
  const timer = setInterval(() => {
    if (!round) void begin();
  }, ms);
  timer.unref();

  return {
    now() {
      if (!round) return begin();
      next ??= round.then(() => {
        next = null;
        return begin();
      });
      return next;
    },
    async stop() {
      clearInterval(timer);
      stopped.abort();
      await next;
      await round;
    },
  };
}
