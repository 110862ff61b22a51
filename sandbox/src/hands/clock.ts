/** The kernel's monotonic clock: goes on across a restart of the runtime and never jumps. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;
