/** A limit of time for one piece of work; over, too, where `signal` is. `using` ends it with the work. */
export type TimeLimit = Disposable & {
  signal: AbortSignal;
  /** Whether it was the time that ran out. */
  isLate(): boolean;
};

/**
 * For limits of minutes on work that takes a moment. `AbortSignal.timeout` keeps its timer, and every signal that was
 * made of it, until its time is over, however early the work was done: ten minutes of every git that was ever run.
 */
export function timeLimit(ms: number, signal?: AbortSignal): TimeLimit {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException('it took too long', 'TimeoutError')), ms);
  timer.unref();
  return {
    signal: signal ? AbortSignal.any([late.signal, signal]) : late.signal,
    isLate: () => late.signal.aborted,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
