/** Wakes one sleeper. `listen` before looking, look, then await what it gave: nothing rung in between is missed. */
export function bell() {
  let current = Promise.withResolvers<void>();
  return {
    ring: () => current.resolve(),
    listen: (): Promise<void> => {
      current = Promise.withResolvers<void>();
      return current.promise;
    },
  };
}
