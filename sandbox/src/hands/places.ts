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
/** Handles of what runs in the background. */
export const backgroundDir = `${runDir}/background`;
/** Whole outputs of calls. In memory: what a command prints of a secret is in no snapshot of the disk. */
export const outputDir = `${runDir}/output`;
/** Outputs that begin when that memory is used up. */
export const spareOutputDir = '/work/.deckhand/output';

/** What tools make, for repositories whose own ignore files forget it. */
export const ignoreFile = '/opt/deckhand/ignore';
/** Whole pages that fetch showed the beginning of; memory. */
export const pagesDir = '/tmp/deckhand-pages';
/** Reads documents in a process of its own, bundled like this one. */
export const compileCache = '/opt/deckhand/cache';
export const documentsProgram = '/opt/deckhand/documents.mjs';
/** Holds the sandbox's terminal, in a process of its own, bundled like this one. */
export const terminalProgram = '/opt/deckhand/terminal.mjs';
export const terminalSocket = `${runDir}/terminal.sock`;
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
  shownName(full === repoDir ? '.' : full.startsWith(`${repoDir}/`) ? full.slice(repoDir.length + 1) : full);

/** A name as it is; one with line ends or other control characters in quotes, or it would look like two. */
export const shownName = (name: string): string => (/\p{Cc}/u.test(name) ? JSON.stringify(name) : name);
