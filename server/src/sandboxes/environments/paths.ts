import { posix } from 'node:path';

/** A path from the top of the repository, without what changes nothing; null where it leads out of it. */
export function insideRepo(path: string, from = '.'): string | null {
  if (path === '' || path.includes('\0') || path.includes('\\') || posix.isAbsolute(path)) return null;
  const whole = posix.join(from, path).replace(/(?<!\/)\/+$/, '') || '.';
  return whole === '..' || whole.startsWith('../') ? null : whole;
}

/** A directory in the home; null for the home itself and for what lies elsewhere. */
export function insideHome(path: string): string | null {
  if (path.startsWith('~') || path.split('/').includes('..')) return null;
  const whole = insideRepo(path);
  return whole === '.' || /[\n\r]/.test(path) ? null : whole;
}
