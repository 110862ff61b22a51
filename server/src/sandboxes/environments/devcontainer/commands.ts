import type { Devcontainer, Lifecycle } from './schema.ts';
import { inCommand, putIn } from './variables.ts';

const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** One command for a shell. Those of an object run one after the other, in a shell each. */
export function commandOf(
  { workspaceFolder }: Pick<Devcontainer, 'workspaceFolder'>,
  ...lifecycles: (Lifecycle | undefined)[]
): string | undefined {
  const lines = lifecycles.flatMap(lifecycle => {
    if (lifecycle === undefined) return [];
    const several =
      typeof lifecycle === 'string' || Array.isArray(lifecycle) ? [lifecycle] : Object.values(lifecycle);
    return several.map(one => (typeof one === 'string' ? one : one.map(argument).join(' ')));
  });
  const folder = putIn(workspaceFolder ?? '', (_, fallback) => fallback).replace(/(?<!\/)\/+$/, '');
  // People write the path that they know. The whole of it only: `/workspace` is not the front of `/workspaces`.
  const known = folder.length > 1 ? new RegExp(`${RegExp.escape(folder)}(?![\\w.-])`, 'g') : null;
  const some = lines
    .map(text => inCommand(known ? text.replace(known, '/work/repo') : text))
    .filter(text => text.trim() !== '');
  return some.length > 1 ? some.map(text => `(\n${text}\n)`).join(' && ') : some[0];
}

/** For no shell: only what devcontainer.json itself puts in is put in. */
const argument = (word: string): string =>
  /\$\{containerEnv:/.test(word) ? `"${word.replaceAll(/["\\`]|\$(?!\{)/g, '\\$&')}"` : quoted(word);
