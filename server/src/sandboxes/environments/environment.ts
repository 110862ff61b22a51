import { z } from 'zod';

const packages = z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]*$/)).optional();

/** What a sandbox's root file system is: our base image, a named one, or one that the repository's Dockerfile makes. */
export const Rootfs = z.discriminatedUnion('kind', [
  /** `packages`: Debian's, installed over it. */
  z.object({ kind: z.literal('base'), packages }),
  z.object({ kind: z.literal('image'), image: z.string(), packages }),
  /** Both paths as git knows them: from the top of the repository, `.` is the repository itself. */
  z.object({
    kind: z.literal('dockerfile'),
    path: z.string(),
    context: z.string(),
    /** Values of its ARGs, and the stage that is the last. */
    args: z.record(z.string(), z.string()).optional(),
    target: z.string().optional(),
    packages,
  }),
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

/** An install that nobody asked for: that of a language whose files are there. */
export const GuessedInstall = z.object({
  /** The file that tells of it, from the top of the repository. */
  source: z.string(),
  command: z.string(),
});
export type GuessedInstall = z.infer<typeof GuessedInstall>;

/** How a repository is made ready, wherever that was said. Commands run in /work/repo. */
export const Environment = z.object({
  /** The file that says so, the lock files that it was guessed from, or `none`. */
  source: z.string(),
  rootfs: Rootfs,
  install: z.string().optional(),
  /** In place of `install` where nobody says it. Each may fail: that is said, and keeps nobody from the others. */
  guesses: z.array(GuessedInstall).default([]),
  /** Behind `install`, with it; when it fails, that is said and no more. */
  afterInstall: z.string().optional(),
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
  /** Of the notes, what the repository uses and our base image does not have: each session says so. */
  missing: z.array(z.string()).default([]),
  /** Longest run of one command; the server's bound where absent. */
  timeoutMs: z.number().optional(),
});
export type Environment = z.infer<typeof Environment>;

/** How a file of one commit is read; null where it is not there. */
export type ReadFile = (path: string) => Promise<string | null>;
