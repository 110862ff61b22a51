import type { Mirror } from '../../repos/mirror.ts';
import { type Check, checkOf } from './checks.ts';
import { detect } from './detect.ts';
import { readDevcontainer } from './devcontainer.ts';
import type { Environment, Port, Rootfs } from './environment.ts';
import { EnvironmentFile, environmentPath } from './environmentFile.ts';
import { keptByCommit } from './keptByCommit.ts';
import { lockFilesOf } from './lockFiles.ts';
import { check, parseJson } from './parse.ts';
import { insideHome, insideRepo } from './paths.ts';
import type { Tree } from './tree.ts';

/** `message` names the file and the key that is wrong. */
export type EnvironmentResult = { ok: true; environment: Environment } | { ok: false; message: string };

const environments = keptByCommit(readEnvironment);
const checks = keptByCommit(readChecks);

/** That of a commit of a mirror. Kept: a session asks several times on its way, and each reading is several gits. */
export const environmentAt = (mirror: Mirror, commit: string): Promise<EnvironmentResult> =>
  environments(mirror, commit);

/** How a commit is made ready: as its own file says, else as its devcontainer says, else as its files tell. */
export async function readEnvironment(tree: Tree): Promise<EnvironmentResult> {
  const lockFiles = lockFilesOf(tree);
  const own = await tree.read(environmentPath);
  if (own !== null) {
    const json = parseJson(environmentPath, own);
    const checked = json.ok ? check(environmentPath, EnvironmentFile, json.value) : json;
    return checked.ok ? { ok: true, environment: { ...fromFile(checked.value), lockFiles } } : checked;
  }
  const devcontainer = await readDevcontainer(tree);
  if (devcontainer && !devcontainer.ok) return devcontainer;
  const says = devcontainer?.value.install ?? devcontainer?.value.afterInstall;
  if (devcontainer && says !== undefined)
    return { ok: true, environment: { ...devcontainer.value, lockFiles } };
  // A devcontainer that only names an image says nothing of dependencies.
  const guess = await detect(tree, { base: (devcontainer?.value.rootfs.kind ?? 'base') === 'base' });
  const both = [...new Set([...lockFiles, ...guess.lockFiles])];
  if (!devcontainer) return { ok: true, environment: { ...nothing, ...guess, lockFiles: both } };
  const { source, notes } = devcontainer.value;
  const sources = guess.source === 'none' ? source : `${source}, ${guess.source}`;
  return {
    ok: true,
    environment: {
      ...devcontainer.value,
      ...guess,
      source: sources,
      lockFiles: both,
      notes: [...notes, ...guess.notes],
    },
  };
}

/** What the repository's own file has looked at after edits. One that cannot be read has nothing looked at. */
export const checksAt = (mirror: Mirror, commit: string): Promise<Check[]> => checks(mirror, commit);

async function readChecks(tree: Tree): Promise<Check[]> {
  const own = await tree.read(environmentPath);
  const json = own === null ? null : parseJson(environmentPath, own);
  const checked = json?.ok ? check(environmentPath, EnvironmentFile, json.value) : null;
  return checked?.ok ? Object.entries(checked.value.checks ?? {}).map(checkOf) : [];
}

const nothing = { rootfs: { kind: 'base' as const }, ports: [], env: {}, services: {} };

function fromFile(file: EnvironmentFile): Omit<Environment, 'lockFiles'> {
  const { $schema: _, checks: __, image, dockerfile, ports = [], caches = [], ...named } = file;
  const { env = {}, services = {}, ...rest } = named;
  return {
    ...rest,
    source: environmentPath,
    rootfs: rootfsOf(image, dockerfile),
    guesses: [],
    ports: ports.map((port): Port => {
      if (typeof port === 'number') return { port };
      return { port: port.port, ...(port.name ? { name: port.name } : {}) };
    }),
    env,
    caches: caches.flatMap(path => insideHome(path) ?? []),
    services,
    notes: [],
    missing: [],
  };
}

function rootfsOf(image: EnvironmentFile['image'], dockerfile: EnvironmentFile['dockerfile']): Rootfs {
  if (image !== undefined) return { kind: 'image', image };
  if (dockerfile === undefined) return { kind: 'base' };
  const { path, context = '.' } = typeof dockerfile === 'string' ? { path: dockerfile } : dockerfile;
  return { kind: 'dockerfile', path: insideRepo(path) ?? path, context: insideRepo(context) ?? context };
}
