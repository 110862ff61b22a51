import { z } from 'zod';

/** What a sandbox's root file system is: our base image, a named one, or one that the repository's Dockerfile makes. */
export const Rootfs = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('base') }),
  z.object({ kind: z.literal('image'), image: z.string() }),
  /** Both paths as git knows them: from the top of the repository, `.` is the repository itself. */
  z.object({ kind: z.literal('dockerfile'), path: z.string(), context: z.string() }),
]);
export type Rootfs = z.infer<typeof Rootfs>;

/** Something that the environment needs beside it: a database, a cache. Its data lies under /work/services/<name>. */
export const Service = z.object({
  install: z.string().optional(),
  setup: z.string().optional(),
  start: z.string(),
  ready: z.string().optional(),
});
export type Service = z.infer<typeof Service>;

export const Port = z.object({ port: z.number(), name: z.string().optional() });
export type Port = z.infer<typeof Port>;

/** How a repository is made ready, wherever that was said. Commands run in /work/repo. */
export const Environment = z.object({
  /** The file that says so, the lock files that it was guessed from, or `none`. */
  source: z.string(),
  rootfs: Rootfs,
  install: z.string().optional(),
  build: z.string().optional(),
  warm: z.string().optional(),
  start: z.string().optional(),
  ports: z.array(Port),
  env: z.record(z.string(), z.string()),
  /** Directories in the home that outlive a build that starts anew. */
  caches: z.array(z.string()),
  services: z.record(z.string(), Service),
  /** Those that the repository has; `install` runs again when one of them changes. */
  lockFiles: z.array(z.string()),
  /** What was asked for and is not done, and what else a person should know; sentences. */
  notes: z.array(z.string()),
  /** Longest run of one command; the server's bound where absent. */
  timeoutMs: z.number().optional(),
});
export type Environment = z.infer<typeof Environment>;

/** How a file of one commit is read; null where it is not there. */
export type ReadFile = (path: string) => Promise<string | null>;
