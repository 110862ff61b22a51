import { isAbsolute, normalize, resolve } from 'node:path';

/** Memory (tmpfs): lives exactly as long as the container does, which is started once. */
export const runDir = '/run/deckhand';
export const socketPath = `${runDir}/hands.sock`;
export const fencePath = `${runDir}/fence`;
export const bootPath = `${runDir}/boot`;
export const journalDir = `${runDir}/journal`;
export const faultPath = `${runDir}/fault`;

/** Variables for every process, written by the server; memory, since some are secrets. */
export const environmentPath = `${runDir}/environment.json`;

/** The sandbox's disk. */
export const diskDir = '/work';
export const repoDir = '/work/repo';
export const homeDir = '/work/home';
/** Whole outputs of calls. In memory: what a command prints of a secret is in no snapshot of the disk. */
export const outputDir = `${runDir}/output`;
/** Outputs that begin when that memory is used up. */
export const spareOutputDir = '/work/.deckhand/output';

export const callScript = '/opt/deckhand/call.sh';

/** Relative to the repository; absolute under /work or /tmp. A guard against mistakes, not against malice. */
export function resolvePath(path: string): { ok: true; path: string } | { ok: false; message: string } {
  const full = isAbsolute(path) ? normalize(path) : resolve(repoDir, path);
  if (full.includes('\0')) return { ok: false, message: 'a path cannot contain a null byte' };
  const inside = ['/work', '/tmp'].some(root => full === root || full.startsWith(`${root}/`));
  if (inside) return { ok: true, path: full };
  return { ok: false, message: `${path} is outside of /work and /tmp` };
}

/** How a path is shown to people: relative where it lies in the repository. */
export const shown = (full: string): string =>
  full === repoDir ? '.' : full.startsWith(`${repoDir}/`) ? full.slice(repoDir.length + 1) : full;
