import { z } from 'zod';

const atIso = z.iso.datetime();

/** How the newest look at a repository went. Its log lies under its id. */
export const Build = z.object({
  buildId: z.string(),
  /** `unchanged`: nothing new at the remote, so the image in service stays. */
  state: z.enum(['building', 'built', 'failed', 'unchanged']),
  startedAt: atIso,
  endedAt: atIso.optional(),
  commit: z.string().optional(),
  /** What asked for it. */
  cause: z.enum(['schedule', 'push', 'person']),
  /** Why it failed, or what went wrong besides; for a person. */
  message: z.string().optional(),
});
export type Build = z.infer<typeof Build>;

/** A repository and the image that sessions on it start from. */
export const RepoImage = z.object({
  repo: z.string(),
  image: z
    .object({
      imageId: z.string(),
      commit: z.string(),
      branch: z.string(),
      builtAt: atIso,
      durationMs: z.number(),
      bytes: z.number(),
      /** The file that says how the repository is made ready. */
      source: z.string(),
      ports: z.array(z.object({ port: z.number(), name: z.string().optional() })),
      services: z.array(z.string()),
      notes: z.array(z.string()),
    })
    .nullable(),
  build: Build.nullable(),
  pool: z.object({ ready: z.number(), wanted: z.number() }),
});
export type RepoImage = z.infer<typeof RepoImage>;

export const SandboxInfo = z.object({
  sandboxId: z.string(),
  repo: z.string(),
  owner: z.enum(['pool', 'warmup', 'build', 'session']),
  sessionId: z.string().optional(),
  state: z.enum(['starting', 'running', 'paused']),
  createdAt: atIso,
  imageId: z.string().optional(),
});
export type SandboxInfo = z.infer<typeof SandboxInfo>;

/** What the machine gives to sandboxes, and what they take of it. Bytes; budgets are null where nothing bounds them. */
export const MachineUse = z.object({
  sandboxes: z.number(),
  mostSandboxes: z.number(),
  memoryUsedBytes: z.number(),
  memoryBudgetBytes: z.number().nullable(),
  diskUsedBytes: z.number(),
  diskFreeBytes: z.number(),
  diskBudgetBytes: z.number(),
  /** Sessions that wait for room. */
  waiting: z.number(),
});
export type MachineUse = z.infer<typeof MachineUse>;
