import { commandOf } from './devcontainer/commands.ts';
import { type Composed, composedOf } from './devcontainer/compose.ts';
import { featuresOf } from './devcontainer/features.ts';
import { rootfsOf } from './devcontainer/rootfs.ts';
import { Devcontainer } from './devcontainer/schema.ts';
import { variablesOf } from './devcontainer/variables.ts';
import type { Environment, Port } from './environment.ts';
import { check, type Parsed, parseJsonWithComments } from './parse.ts';
import type { Tree } from './tree.ts';

const places = ['.devcontainer/devcontainer.json', '.devcontainer.json'];
/** One of several: the first by name. */
const named = /^\.devcontainer\/[^/]+\/devcontainer\.json$/;

type Told = Omit<Environment, 'lockFiles'>;

/** What the repository's devcontainer asks for, as far as we do that; the rest is told in notes. Null: it has none. */
export async function readDevcontainer(tree: Tree): Promise<Parsed<Told> | null> {
  const several = tree.paths.filter(path => named.test(path)).toSorted();
  const file = places.find(path => tree.paths.includes(path)) ?? several[0];
  const text = file === undefined ? null : await tree.read(file);
  if (file === undefined || text === null) return null;
  const json = parseJsonWithComments(file, text);
  if (!json.ok) return json;
  const checked = check(file, Devcontainer, json.value);
  if (!checked.ok) return checked;
  const asked = checked.value;
  const root = asked.dockerComposeFile
    ? await composedOf(tree, file, asked)
    : withoutVariables(rootfsOf(file, asked));
  if (!root.ok) return root;
  const { rootfs, notes: rootNotes, environment } = root.value;
  const isBase = rootfs.kind === 'base';
  const features = featuresOf(asked.features ?? {}, { isBase });
  const install = commandOf(asked, asked.onCreateCommand, asked.updateContentCommand);
  const afterInstall = commandOf(asked, asked.postCreateCommand);
  const start = commandOf(asked, asked.postStartCommand);
  const { ports, notes: portNotes } = portsOf(asked);
  const containerEnv = { ...environment, ...asked.containerEnv };
  const { env, notes: variableNotes } = variablesOf({ ...asked, containerEnv }, { isBase });
  const others = several.filter(path => path !== file);
  return {
    ok: true,
    value: {
      source: file,
      rootfs: features.packages.length > 0 ? { ...rootfs, packages: features.packages } : rootfs,
      ...(install ? { install } : {}),
      guesses: [],
      missing: [],
      ...(afterInstall ? { afterInstall } : {}),
      ...(start ? { start } : {}),
      ports,
      env,
      caches: [],
      services: {},
      notes: [
        ...portNotes,
        ...variableNotes,
        ...rootNotes,
        ...features.notes,
        ...notDone(asked),
        ...(others.length > 0
          ? [`Beside ${file} there are ${others.slice(0, 10).join(', ')}: only the first counts.`]
          : []),
      ],
    },
  };
}

const withoutVariables = (root: ReturnType<typeof rootfsOf>): Parsed<Composed> =>
  root.ok ? { ok: true, value: { ...root.value, environment: {} } } : root;

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

const unsupported: [key: string, note: string][] = [
  ['mounts', 'mounts are not made; a sandbox has one disk, at /work'],
  ['runArgs', 'runArgs are not used; sandboxes run as Deckhand confines them'],
  ['privileged', 'privileged is not granted; sandboxes have no capabilities'],
  ['capAdd', 'capAdd is not granted; sandboxes have no capabilities'],
  ['securityOpt', 'securityOpt is not used; sandboxes run as Deckhand confines them'],
  ['workspaceMount', 'workspaceMount is not used; the repository lies at /work/repo'],
  ['initializeCommand', 'initializeCommand is not run; nothing of a repository runs outside of sandboxes'],
  ['postAttachCommand', 'postAttachCommand is not run; put it into postStartCommand'],
  ['appPort', 'appPort is not used; name the ports in forwardPorts'],
  ['secrets', 'secrets are not asked for; set them with: npx deckhand secret set'],
];

/** Of what a machine should have, what is told: `cpus 8, memory 8gb`. */
const needsOf = ({ hostRequirements }: Devcontainer): string =>
  Object.entries(hostRequirements ?? {})
    .filter(([key, value]) => key !== 'gpu' && ['string', 'number'].includes(typeof value))
    .map(([key, value]) => `${key} ${value}`.slice(0, 40))
    .slice(0, 5)
    .join(', ');

const mostExtensions = 30;

function notDone(asked: Devcontainer): string[] {
  const notes = unsupported.filter(([key]) => asks(asked[key])).map(([, note]) => `${note}.`);
  const extensions = asked.customizations?.vscode?.extensions ?? [];
  if (extensions.length > 0)
    notes.push(
      `Extensions are not installed, as no editor runs in a sandbox: ${extensions
        .slice(0, mostExtensions)
        .map(each => each.slice(0, 100))
        .join(', ')}.`,
    );
  const build = asked.build ?? {};
  for (const key of ['options', 'cacheFrom']) if (asks(build[key])) notes.push(`build.${key} is not used.`);
  const needs = needsOf(asked);
  if (needs)
    notes.push(
      `hostRequirements are not looked at (${needs}); sandboxes are as large as Deckhand makes them.`,
    );
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
