import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { z } from 'zod';

/** A full object id, SHA-1 or SHA-256. Whatever names a commit is one before git is given it: a name may be an option. */
export const Sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, 'not a commit id');
export const isSha = (text: unknown): text is string => Sha.safeParse(text).success;

export type GitResult = { ok: true; stdout: string } | { ok: false; stderr: string };

/** Credentials travel in the environment: arguments are seen by everyone on the machine. */
export type GitEnv = Record<string, string>;

export type GitOptions = {
  cwd?: string;
  env?: GitEnv;
  timeoutMs?: number;
  stdin?: string;
  /** Ends git and all that it started. Whoever gave it asks it why. */
  signal?: AbortSignal | undefined;
};

const quiet: GitEnv = {
  // Never ask: a server has nobody to answer.
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: 'true',
  GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=10',
  // The configuration of the user and of the machine (aliases, hooks, signing, what is pushed along) is not ours.
  GIT_CONFIG_GLOBAL: '/dev/null',
  LC_ALL: 'C',
};

const longestMs = 10 * 60_000;
/** For what a process that is asked to end still has to tidy up. */
const graceMs = 1_000;

/** Runs git on the server. Failure is data, with git's own words. */
export async function git(args: string[], options: GitOptions = {}): Promise<GitResult> {
  const { cwd, env, timeoutMs = longestMs, stdin, signal } = options;
  const limits = [AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])];
  const over = AbortSignal.any(limits);
  if (over.aborted) return { ok: false, stderr: 'git was not started: whoever asked for it let go' };
  const child = execa('git', args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...quiet, ...env },
    ...(stdin === undefined ? { stdin: 'ignore' as const } : { input: stdin }),
    reject: false,
    // A group of its own: what speaks to a remote is a child of git's, and outlives git itself.
    detached: true,
    maxBuffer: 64 * 1024 * 1024,
    stripFinalNewline: false,
  });
  tracked(child.pid, child);
  const end = () => endGroup(child.pid);
  over.addEventListener('abort', end, { once: true });
  const done = await child.finally(() => over.removeEventListener('abort', end));
  if (over.aborted && done.failed) return { ok: false, stderr: `git was ended: ${why(over, signal)}` };
  if (done.failed) return { ok: false, stderr: String(done.stderr || done.shortMessage) };
  return { ok: true, stdout: String(done.stdout ?? '') };
}

const why = (over: AbortSignal, signal: AbortSignal | undefined) =>
  signal?.aborted && over.reason === signal.reason ? 'whoever asked for it let go' : 'it took too long';

const groups = new Set<number>();
/** A group of its own lives on when the server exits, and a terminal's Ctrl-C does not reach it. */
const endAllAtExit = () => {
  for (const pid of groups) signalGroup(pid, 'SIGTERM');
};

function tracked(pid: number | undefined, ended: Promise<unknown>): void {
  if (pid === undefined) return;
  if (groups.size === 0) process.once('exit', endAllAtExit);
  groups.add(pid);
  void ended.finally(() => {
    groups.delete(pid);
    if (groups.size === 0) process.off('exit', endAllAtExit);
  });
}

/** The whole group, first asked, then made to. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs).unref();
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // All of it has ended.
  }
}

/** A running git whose output is read as a stream. Never rejects; it fails where the signal ended it. */
export const gitStream = (
  args: string[],
  cwd: string,
  options: { signal?: AbortSignal; input?: Readable } = {},
) =>
  execa('git', args, {
    cwd,
    env: quiet,
    ...(options.input ? { input: options.input } : { stdin: 'ignore' as const }),
    ...(options.signal ? { cancelSignal: options.signal } : {}),
    buffer: false,
    reject: false,
    encoding: 'buffer',
  });

/** Basic authentication for one https host, for this one git process. */
export function tokenEnv(origin: string, token: string): GitEnv {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${origin}/.extraheader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}

/** The last line of git's complaint that says something, without credentials that a url may carry. */
export function gitReason(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean);
  const line = lines.find(text => /^(fatal|error|remote):/.test(text)) ?? lines.at(-1) ?? 'no reason given';
  return line.replace(/\/\/[^/@\s]+@/g, '//').slice(0, 300);
}
