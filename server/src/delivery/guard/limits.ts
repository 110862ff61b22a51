/** How much of a push is looked through. What is larger is refused: what nobody looked at does not leave. */
export type GuardLimits = {
  commits: number;
  /** Files and folders that differ, over all commits. */
  entries: number;
  commitBytes: number;
  blobBytes: number;
  /** Of all new files together. */
  bytes: number;
  /** For the whole judgement. */
  ms: number;
};

const MiB = 1024 * 1024;

export const guardLimits: GuardLimits = {
  commits: 2_000,
  entries: 200_000,
  commitBytes: MiB,
  // GitHub takes no larger file.
  blobBytes: 100 * MiB,
  bytes: 512 * MiB,
  ms: 2 * 60_000,
};

/** Why a push is refused: a sentence for the agent and for people. */
export class Refused extends Error {
  override name = 'Refused';
}
