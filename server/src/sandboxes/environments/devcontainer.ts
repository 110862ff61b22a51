import { posix } from 'node:path';
import { z } from 'zod';
import type { Environment, Port, ReadFile, Rootfs } from './environment.ts';
import { environmentPath } from './environmentFile.ts';
import { ImageReference, PortNumber, VariableName, VariableValue } from './names.ts';
import { check, type Parsed, parseJsonWithComments, wrong } from './parse.ts';
import { insideRepo } from './paths.ts';

export const devcontainerPaths = ['.devcontainer/devcontainer.json', '.devcontainer.json'];

const line = z.union([z.string(), z.array(z.string())], { error: 'a string, or an array of strings' });
/** A string for a shell, an array for none, or several of them under names. */
const Lifecycle = z.union([line, z.record(z.string(), line)], {
  error: 'a string, an array of strings, or an object of these',
});
type Lifecycle = z.infer<typeof Lifecycle>;
const variables = z.record(z.string(), z.union([z.string(), z.null()], { error: 'a string' }));

const Devcontainer = z.looseObject({
  image: z.string().optional(),
  build: z
    .looseObject({
      dockerfile: z.string().optional(),
      dockerFile: z.string().optional(),
      context: z.string().optional(),
    })
    .optional(),
  dockerFile: z.string().optional(),
  context: z.string().optional(),
  onCreateCommand: Lifecycle.optional(),
  updateContentCommand: Lifecycle.optional(),
  postCreateCommand: Lifecycle.optional(),
  postStartCommand: Lifecycle.optional(),
  forwardPorts: z.array(z.union([PortNumber, z.string()], { error: 'a port, or "host:port"' })).optional(),
  portsAttributes: z.record(z.string(), z.looseObject({ label: z.string().optional() })).optional(),
  remoteUser: z.string().optional(),
  containerUser: z.string().optional(),
  containerEnv: variables.optional(),
  remoteEnv: variables.optional(),
});
type Devcontainer = z.infer<typeof Devcontainer>;

type Told = Omit<Environment, 'lockFiles'>;

/** What the repository's devcontainer asks for, as far as we do that; the rest is told in notes. Null: it has none. */
export async function readDevcontainer(read: ReadFile): Promise<Parsed<Told> | null> {
  const texts = await Promise.all(devcontainerPaths.map(path => read(path)));
  const at = texts.findIndex(text => text !== null);
  const file = devcontainerPaths[at];
  const text = texts[at];
  if (file === undefined || typeof text !== 'string') return null;
  const json = parseJsonWithComments(file, text);
  if (!json.ok) return json;
  const checked = check(file, Devcontainer, json.value);
  if (!checked.ok) return checked;
  const asked = checked.value;
  const rootfs = rootfsOf(file, asked);
  if (!rootfs.ok) return rootfs;
  const install = commandOf(asked.onCreateCommand, asked.updateContentCommand, asked.postCreateCommand);
  const start = commandOf(asked.postStartCommand);
  const { ports, notes: portNotes } = portsOf(asked);
  const { env, notes: variableNotes } = variablesOf(asked);
  return {
    ok: true,
    value: {
      source: file,
      rootfs: rootfs.value,
      ...(install ? { install } : {}),
      ...(start ? { start } : {}),
      ports,
      env,
      caches: [],
      services: {},
      notes: [...portNotes, ...variableNotes, ...notDone(asked)],
    },
  };
}

function rootfsOf(file: string, { image, build, dockerFile, context }: Devcontainer): Parsed<Rootfs> {
  const path = build?.dockerfile ?? build?.dockerFile ?? dockerFile;
  if (path === undefined) {
    if (image === undefined) return { ok: true, value: { kind: 'base' } };
    const reference = ImageReference.safeParse(image);
    if (!reference.success) return wrong(file, 'image', reference.error.issues[0]?.message ?? 'not an image');
    return { ok: true, value: { kind: 'image', image } };
  }
  // Both are told from where the file lies.
  const folder = posix.dirname(file);
  const outside = 'a path inside the repository, as seen from this file';
  const dockerfile = insideRepo(path, folder);
  if (dockerfile === null) return wrong(file, build ? 'build.dockerfile' : 'dockerFile', outside);
  const inside = insideRepo(build?.context ?? context ?? '.', folder);
  if (inside === null) return wrong(file, build?.context ? 'build.context' : 'context', outside);
  return { ok: true, value: { kind: 'dockerfile', path: dockerfile, context: inside } };
}

const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** One command for a shell. Those of an object run one after the other, in a shell each. */
function commandOf(...lifecycles: (Lifecycle | undefined)[]): string | undefined {
  const lines = lifecycles.flatMap(lifecycle => {
    if (lifecycle === undefined) return [];
    const several =
      typeof lifecycle === 'string' || Array.isArray(lifecycle) ? [lifecycle] : Object.values(lifecycle);
    return several.map(one => (typeof one === 'string' ? one : one.map(quoted).join(' ')));
  });
  const some = lines.filter(text => text.trim() !== '');
  return some.length > 1 ? some.map(text => `(\n${text}\n)`).join(' && ') : some[0];
}

function portsOf({ forwardPorts = [], portsAttributes = {} }: Devcontainer) {
  const ports: Port[] = [];
  const notes: string[] = [];
  for (const forwarded of forwardPorts) {
    const port = Number(forwarded);
    const label = portsAttributes[String(forwarded)]?.label;
    if (Number.isInteger(port) && port > 0 && port < 65_536)
      ports.push({ port, ...(label ? { name: label } : {}) });
    else notes.push(`forwardPorts: ${forwarded} is left out; only ports of the sandbox itself are known.`);
  }
  return { ports, notes };
}

function variablesOf({ containerEnv = {}, remoteEnv = {} }: Devcontainer) {
  const env: Record<string, string> = {};
  const notes: string[] = [];
  for (const [name, value] of Object.entries({ ...containerEnv, ...remoteEnv })) {
    if (value === null) continue;
    const text = value
      .replaceAll(/\$\{containerWorkspaceFolder\}/g, '/work/repo')
      .replaceAll(/\$\{containerWorkspaceFolderBasename\}/g, 'repo');
    const leftOut = (why: string) => notes.push(`The variable ${name.slice(0, 100)} is left out: ${why}.`);
    if (/\$\{/.test(text)) leftOut('its value asks for another machine’s variables');
    else if (!VariableName.safeParse(name).success) leftOut('it has no name that a repository may set');
    else if (!VariableValue.safeParse(text).success) leftOut('its value is too long or has a null byte');
    else env[name] = text;
  }
  return { env, notes };
}

const unsupported: [key: string, note: string][] = [
  ['features', 'features are not installed; put what they bring into the image or its Dockerfile'],
  ['mounts', 'mounts are not made; a sandbox has one disk, at /work'],
  ['runArgs', 'runArgs are not used; sandboxes run as Deckhand confines them'],
  ['privileged', 'privileged is not granted; sandboxes have no capabilities'],
  ['capAdd', 'capAdd is not granted; sandboxes have no capabilities'],
  ['securityOpt', 'securityOpt is not used; sandboxes run as Deckhand confines them'],
  ['workspaceMount', 'workspaceMount is not used; the repository lies at /work/repo'],
  ['workspaceFolder', 'workspaceFolder is not used; the repository lies at /work/repo'],
  ['initializeCommand', 'initializeCommand is not run; nothing of a repository runs outside of sandboxes'],
  ['postAttachCommand', 'postAttachCommand is not run; put it into postStartCommand'],
  ['appPort', 'appPort is not used; name the ports in forwardPorts'],
  ['secrets', 'secrets are not asked for; set them with: npx deckhand secret set'],
  ['dockerComposeFile', `dockerComposeFile is not used; name an image and services in ${environmentPath}`],
];

function notDone(asked: Devcontainer): string[] {
  const notes = unsupported.filter(([key]) => asks(asked[key])).map(([, note]) => `${note}.`);
  const build = asked.build ?? {};
  for (const key of ['args', 'target', 'options', 'cacheFrom'])
    if (asks(build[key])) notes.push(`build.${key} is not used; write it into the Dockerfile.`);
  const user = asked.remoteUser ?? asked.containerUser;
  if (user === 'root')
    notes.push(
      'remoteUser root is not granted; commands run as user 1000, and what needs root belongs into the image.',
    );
  else if (user)
    notes.push(`remoteUser ${user} is not used; commands run as user 1000 with the home /work/home.`);
  return notes;
}

const asks = (value: unknown) =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  (typeof value !== 'object' || Object.keys(value).length > 0);
