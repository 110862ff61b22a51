import { posix } from 'node:path';
import type { ModelMessage } from 'ai';

/** Where the repository lies in a sandbox; paths of calls are relative to it, or begin with it. */
const root = '/work/repo/';
const mostPaths = 200;

/** Paths of the repository that the calls of the newest answer name; commands by the words in them that may be paths. */
export function workedAt(messages: readonly ModelMessage[]): { paths: string[]; words: string[] } {
  const answer = messages.findLast(({ role }) => role === 'assistant');
  const paths = new Set<string>();
  const words = new Set<string>();
  if (answer?.role === 'assistant' && typeof answer.content !== 'string')
    for (const part of answer.content) {
      if (part.type !== 'tool-call' || typeof part.input !== 'object' || part.input === null) continue;
      const { path, command } = part.input as { path?: unknown; command?: unknown };
      if (typeof path === 'string') add(paths, path);
      if (typeof command === 'string') for (const word of command.split(betweenWords)) add(words, word);
    }
  return { paths: [...paths], words: [...words] };
}

const betweenWords = /[\s'"`=:;,&|()<>]+/;

function add(set: Set<string>, path: string): void {
  const inside = inRepository(path);
  if (inside !== null && set.size < mostPaths) set.add(inside);
}

/** Relative to the repository's root; null for the root itself and whatever lies outside. */
function inRepository(path: string): string | null {
  const relative = path.startsWith(root) ? path.slice(root.length) : path;
  if (relative === '' || relative.startsWith('/')) return null;
  const plain = posix.normalize(relative).replace(/\/$/, '');
  return plain === '.' || plain === '..' || plain.startsWith('../') ? null : plain;
}

/** A path and the folders that it lies in, outermost first. */
export function foldersOf(path: string): string[] {
  const names = path.split('/');
  return names.map((_, i) => names.slice(0, i + 1).join('/'));
}
