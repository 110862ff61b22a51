/**
 * One run at a time for each key: who asks while one is under way shares it, what it answers and what it throws. The
 * next who asks after its end begins anew.
 */
export function singleFlight<K, T>(): {
  run(key: K, work: () => Promise<T>): Promise<T>;
  /** The run under way, if there is one. */
  running(key: K): Promise<T> | undefined;
  /** Resolves when nothing is under way any more. Never rejects. */
  settled(): Promise<void>;
} {
  const flights = new Map<K, Promise<T>>();
  return {
    run(key, work) {
      const known = flights.get(key);
      if (known) return known;
      // Begun within a promise: what throws before its first await is a rejection like any other.
      const flight = Promise.resolve()
        .then(work)
        .finally(() => {
          if (flights.get(key) === flight) flights.delete(key);
        });
      flights.set(key, flight);
      return flight;
    },
    running: key => flights.get(key),
    async settled() {
      while (flights.size > 0) await Promise.allSettled(flights.values());
    },
  };
}
