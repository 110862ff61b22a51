const MiB = 1024 * 1024;

/** Of one commit or push. What is beyond stays pointers (in), or does not leave (out). */
export const lfsLimits = {
  objects: 2_000,
  objectBytes: 512 * MiB,
  bytes: 1024 * MiB,
  /** For one object. */
  transferMs: 10 * 60_000,
};
export type LfsLimits = typeof lfsLimits;

export const mib = (bytes: number): string => `${Math.ceil(bytes / MiB)} MiB`;
