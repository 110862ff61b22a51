import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';

/** Places that only root may write, on a file system that is read-only: what commands install lies elsewhere. */
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** For programs of ours: nothing that the repository, its environment or a command set reaches them. */
export const cleanEnvironment: NodeJS.ProcessEnv = {
  PATH: folders.join(':'),
  HOME: '/nonexistent',
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: '',
  GIT_OPTIONAL_LOCKS: '0',
};

const found = new Map<string, string>();

/** The image's own program of that name by its absolute path, whatever lies in the home or in PATH. */
export function ownProgram(name: string): string {
  if (isAbsolute(name)) return name;
  const known = found.get(name);
  if (known) return known;
  const folder = folders.find(place => existsSync(`${place}/${name}`)) ?? '/usr/bin';
  found.set(name, `${folder}/${name}`);
  return `${folder}/${name}`;
}
