import { VariableName, VariableValue } from '../names.ts';
import type { Devcontainer } from './schema.ts';

const folder = '/work/repo';
const known: Record<string, string> = {
  localWorkspaceFolder: folder,
  localWorkspaceFolderBasename: 'repo',
  containerWorkspaceFolder: folder,
  containerWorkspaceFolderBasename: 'repo',
  devcontainerId: 'deckhand',
};

/** `${localEnv:NAME:default}`: of a machine that nobody here has. `${containerEnv:NAME}`: of the sandbox. */
const reference = /\$\{(?:(\w+)|(localEnv|env|containerEnv):([A-Za-z_]\w*)(?::([^{}]*))?)\}/g;

/** A text with the variables of devcontainer.json put in; those that are not known stay. */
export const putIn = (
  text: string,
  env: (name: string, fallback: string | undefined) => string | undefined,
): string =>
  text.replace(reference, (whole: string, ...found: (string | undefined)[]) => {
    const [plain, kind, name, fallback] = found.slice(0, 4);
    if (plain !== undefined) return Object.hasOwn(known, plain) ? (known[plain] ?? whole) : whole;
    if (kind === 'containerEnv') return env(name ?? '', fallback) ?? whole;
    return fallback ?? whole;
  });

/** For a command: its shell puts the sandbox's variables in; of another machine's there is only what is said instead. */
export const inCommand = (text: string): string =>
  putIn(text, (name, fallback) =>
    fallback === undefined ? `\${${name}}` : `\${${name}:-${fallback}}`,
  ).replace(/\$\{(localEnv|env):\w+\}/g, '');

/** Of the sandbox's own, what is the same in every one. */
const basePath =
  '/work/home/.local/bin:/work/home/.npm-global/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Variables of both kinds. Those that cannot be had are told. `isBase`: the PATH of its root file system is known. */
export function variablesOf(
  { containerEnv = {}, remoteEnv = {} }: Pick<Devcontainer, 'containerEnv' | 'remoteEnv'>,
  { isBase }: { isBase: boolean },
): { env: Record<string, string>; notes: string[] } {
  const env: Record<string, string> = {};
  const notes: string[] = [];
  const own = (name: string, fallback: string | undefined) => {
    if (name === 'HOME') return '/work/home';
    if (Object.hasOwn(env, name)) return env[name];
    return name === 'PATH' && isBase ? basePath : fallback;
  };
  for (const [name, value] of [...Object.entries(containerEnv), ...Object.entries(remoteEnv)]) {
    if (value === null) continue;
    const text = putIn(value, own);
    const leftOut = (why: string) => notes.push(`The variable ${name.slice(0, 100)} is left out: ${why}.`);
    if (/\$\{/.test(text)) leftOut('its value asks for another machine’s variables');
    else if (!VariableName.safeParse(name).success) leftOut('it has no name that a repository may set');
    else if (!VariableValue.safeParse(text).success) leftOut('its value is too long or has a null byte');
    else env[name] = text;
  }
  return { env, notes };
}
