import { createHash } from 'node:crypto';
import type { Environment } from './environment.ts';

export type FingerprintInputs = {
  /** Tag of our base image. */
  base: string;
  /** The id that git gives to a file or folder of the commit; null where there is none. */
  treeOf: (path: string) => Promise<string | null>;
  /** Those of the build. Their values stay out of it. */
  secrets: { name: string; version: string }[];
};

/** `root`: of the root file system; `install`: of that and of what dependencies are installed from; `all`: of the whole. */
export type Fingerprints = { root: string; install: string; all: string };

/** Each changes exactly when what it stands for has to be made again. */
export async function fingerprintsOf(
  environment: Environment,
  { base, treeOf, secrets }: FingerprintInputs,
): Promise<Fingerprints> {
  const { rootfs, lockFiles, install, guesses, afterInstall, services, env } = environment;
  const idsOf = async (paths: string[]) =>
    Object.fromEntries(await Promise.all(paths.map(async path => [path, await treeOf(path)] as const)));
  const locks = await idsOf(lockFiles);
  const root = hash({
    base,
    rootfs,
    made: rootfs.kind === 'dockerfile' ? await madeFrom(rootfs, locks, idsOf) : null,
  });
  const versions = secrets.map(({ name, version }) => `${name}=${version}`).toSorted();
  const prepared = Object.entries(services).map(([name, service]) => [name, service.install, service.setup]);
  const installed = hash({
    root,
    install,
    guesses: guesses.map(({ command }) => command),
    afterInstall,
    env,
    locks,
    versions,
    prepared: prepared.toSorted(),
  });
  const { build, warm, start, ports, caches } = environment;
  return { root, install: installed, all: hash({ installed, build, warm, start, ports, caches, services }) };
}

type Made = { path: string; context: string };

/**
 * A Dockerfile's own folder counts whole. The whole repository would be new with each commit: of that count the
 * Dockerfile and the lock files, which is what Dockerfiles copy.
 */
async function madeFrom(
  { path, context }: Made,
  locks: Record<string, string | null>,
  idsOf: (paths: string[]) => Promise<Record<string, string | null>>,
): Promise<object> {
  return context === '.' ? { ...(await idsOf([path])), locks } : idsOf([path, context]);
}

const hash = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');

/** JSON with keys in order, so that writing a file in another order changes nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
