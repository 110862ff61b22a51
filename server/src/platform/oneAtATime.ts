/** For each key one work after the other, in the order in which they were asked for; one that fails holds up none. */
export function oneAtATime<K>(): {
  run<T>(key: K, work: () => Promise<T>): Promise<T>;
  /** Resolves when all that was asked for this key until now is over. Never rejects. */
  settled(key: K): Promise<void>;
} {
  const last = new Map<K, Promise<void>>();
  return {
    run(key, work) {
      const done = (last.get(key) ?? Promise.resolve()).then(work);
      const over = done.then(
        () => {},
        () => {},
      );
      last.set(key, over);
      void over.then(() => {
        if (last.get(key) === over) last.delete(key);
      });
      return done;
    },
    settled: async key => {
      await last.get(key);
    },
  };
}
