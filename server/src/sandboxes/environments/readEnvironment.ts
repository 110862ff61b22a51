import type { Mirror } from '../../repos/mirror.ts';
import { detect } from './detect.ts';
import { readDevcontainer } from './devcontainer.ts';
import type { Environment, Port, ReadFile, Rootfs } from './environment.ts';
import { EnvironmentFile, environmentPath } from './environmentFile.ts';
import { lockFilesOf } from './lockFiles.ts';
import { check, parseJson } from './parse.ts';
import { insideHome, insideRepo } from './paths.ts';

/** `message` names the file and the key that is wrong. */
export type EnvironmentResult = { ok: true; environment: Environment } | { ok: false; message: string };

/** That of a commit of a mirror. */
export async function environmentAt(mirror: Mirror, commit: string): Promise<EnvironmentResult> {
  return readEnvironment(await mirror.reader(commit, ['.deckhand/', '.devcontainer/']));
}

/** How a commit is made ready: as its own file says, else as its devcontainer says, else as its lock files tell. */
export async function readEnvironment(read: ReadFile): Promise<EnvironmentResult> {
  const [own, lockFiles] = await Promise.all([read(environmentPath), lockFilesOf(read)]);
  if (own !== null) {
    const json = parseJson(environmentPath, own);
    const checked = json.ok ? check(environmentPath, EnvironmentFile, json.value) : json;
    return checked.ok ? { ok: true, environment: { ...fromFile(checked.value), lockFiles } } : checked;
  }
  const devcontainer = await readDevcontainer(read);
  if (devcontainer)
    return devcontainer.ok ? { ok: true, environment: { ...devcontainer.value, lockFiles } } : devcontainer;
  const guess = await detect(read, lockFiles);
  return {
    ok: true,
    environment: { rootfs: { kind: 'base' }, ports: [], env: {}, services: {}, lockFiles, ...guess },
  };
}

function fromFile(file: EnvironmentFile): Omit<Environment, 'lockFiles'> {
  const { $schema: _, image, dockerfile, ports = [], caches = [], env = {}, services = {}, ...rest } = file;
  return {
    ...rest,
    source: environmentPath,
    rootfs: rootfsOf(image, dockerfile),
    ports: ports.map((port): Port => {
      if (typeof port === 'number') return { port };
      return { port: port.port, ...(port.name ? { name: port.name } : {}) };
    }),
    env,
    caches: caches.flatMap(path => insideHome(path) ?? []),
    services,
    notes: [],
  };
}

function rootfsOf(image: EnvironmentFile['image'], dockerfile: EnvironmentFile['dockerfile']): Rootfs {
  if (image !== undefined) return { kind: 'image', image };
  if (dockerfile === undefined) return { kind: 'base' };
  const { path, context = '.' } = typeof dockerfile === 'string' ? { path: dockerfile } : dockerfile;
  return { kind: 'dockerfile', path: insideRepo(path) ?? path, context: insideRepo(context) ?? context };
}
