import { intersects, satisfies, validRange } from 'semver';
import { environmentPath } from '../environmentFile.ts';
import type { Folder } from '../tree.ts';
import { manifestOf } from './manifest.ts';

/** What our base image has; sandbox/Dockerfile says so. */
export const baseVersions = { node: '26.10.0', python: '3.11' };

type Pin = { tool: string; version: string; file: string };

/**
 * Versions of languages that a repository asks for and our base image does not have, in sentences: none is installed,
 * since the image's own tools run on the image's own Node and Python.
 */
export async function versionNotes(folder: Folder): Promise<string[]> {
  const pins = [
    ...(await plainPins(folder)),
    ...(await toolVersions(folder)),
    ...(await misePins(folder)),
    ...(await rustPin(folder)),
    ...(await enginePin(folder)),
  ];
  const told = new Set<string>();
  return pins.flatMap(({ tool, version, file }) => {
    const had = tool in baseVersions ? baseVersions[tool as keyof typeof baseVersions] : null;
    if ((had !== null && fits(had, version)) || told.has(tool)) return [];
    told.add(tool);
    const words = `${file} asks for ${nameOf(tool)} ${version.slice(0, 60)}`;
    return had === null
      ? [`${words}, which our base image does not have. Name an image that has it in ${environmentPath}.`]
      : [
          `${words}; the sandbox has ${had}. Name an image that has it in ${environmentPath} where that matters.`,
        ];
  });
}

const names: Record<string, string> = {
  node: 'Node',
  python: 'Python',
  rust: 'Rust',
  golang: 'Go',
  go: 'Go',
};
const nameOf = (tool: string) => names[tool] ?? tool.slice(0, 60);
/** Their lock files and manifests are looked at elsewhere; of the rest is said that it is not there. */
const aliases: Record<string, string> = { nodejs: 'node', golang: 'go' };

/** Whether what is had is what is asked for: `18`, `v18.2`, `>=18`, `latest`. What cannot be read is asked for. */
function fits(had: string, asked: string): boolean {
  const plain = asked.trim().replace(/^v(?=\d)/, '');
  if (/^(node|latest|current|system|stable|\*)$/.test(plain)) return true;
  const range = validRange(plain);
  if (range === null) return false;
  const full = had.split('.').length === 3;
  // A pin of a patch version is kept to as far as the major one.
  if (/^\d+(\.\d+)*$/.test(plain)) {
    const places = had === baseVersions.node ? 1 : 2;
    const first = (text: string) => text.split('.').slice(0, places).join('.');
    return first(plain) === first(had) || (plain.split('.').length < places && had.startsWith(`${plain}.`));
  }
  return full ? satisfies(had, range) : intersects(`~${had}`, range);
}

const firstLine = (text: string | null) =>
  (text ?? '')
    .split('\n')
    .map(line => line.replace(/#.*/, '').trim())
    .find(Boolean);

async function plainPins(folder: Folder): Promise<Pin[]> {
  const files: [file: string, tool: string][] = [
    ['.nvmrc', 'node'],
    ['.node-version', 'node'],
    ['.python-version', 'python'],
    ['.ruby-version', 'ruby'],
    ['.go-version', 'go'],
    ['.java-version', 'java'],
  ];
  const pins = files.map(async ([file, tool]) => {
    const version = folder.files.has(file) ? firstLine(await folder.read(file)) : undefined;
    return version ? [{ tool, version, file }] : [];
  });
  return (await Promise.all(pins)).flat();
}

/** asdf's: a tool and its versions on a line, the first of which counts. */
async function toolVersions(folder: Folder): Promise<Pin[]> {
  const file = '.tool-versions';
  const text = folder.files.has(file) ? ((await folder.read(file)) ?? '') : '';
  return text.split('\n').flatMap(line => {
    const [tool, version] = line.replace(/#.*/, '').trim().split(/\s+/);
    return tool && version ? [{ tool: aliases[tool] ?? tool, version, file }] : [];
  });
}

/** Of mise's `[tools]`: `node = "18"`, `node = ["18", "20"]`, `node = { version = "18" }`. */
async function misePins(folder: Folder): Promise<Pin[]> {
  const file = ['mise.toml', '.mise.toml'].find(name => folder.files.has(name));
  const text = file ? ((await folder.read(file)) ?? '') : '';
  const [, tools = ''] = /^\[tools\]\s*\n([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(text) ?? [];
  return tools.split('\n').flatMap(line => {
    const [, tool, version] = /^\s*["']?([\w:./-]+?)["']?\s*=[^"']*["']([^"']+)["']/.exec(line) ?? [];
    return file && tool && version ? [{ tool: aliases[tool] ?? tool, version, file }] : [];
  });
}

async function rustPin(folder: Folder): Promise<Pin[]> {
  const file = ['rust-toolchain.toml', 'rust-toolchain'].find(name => folder.files.has(name));
  const text = file ? ((await folder.read(file)) ?? '') : '';
  const version = /channel\s*=\s*["']([^"']+)["']/.exec(text)?.[1] ?? firstLine(text);
  return file && version ? [{ tool: 'rust', version, file }] : [];
}

async function enginePin(folder: Folder): Promise<Pin[]> {
  const version = (await manifestOf(folder))?.engines?.node;
  return version ? [{ tool: 'node', version, file: 'engines of package.json' }] : [];
}
