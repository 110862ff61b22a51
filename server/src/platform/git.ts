import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { z } from 'zod';
import { environment, type Reach, settings } from './gitSafety.ts';
import { endGroup, trackGroup } from './processGroup.ts';
import { timeLimit } from './timeLimit.ts';

const shaForm = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** A full object id, SHA-1 or SHA-256. Whatever names a commit is one before git is given it: a name may be an option. */
export const Sha = z.string().regex(shaForm, 'not a commit id');
export const isSha = (text: unknown): text is string => typeof text === 'string' && shaForm.test(text);

/** A full ref that means only itself: no option, no range, no path, no revision suffix. */
export const isRef = (name: string): boolean =>
  /^refs\/[\w][\w./+@#=-]{0,300}$/.test(name) && !/\.\.|@\{|\/\/|\/\.|\.\/|\.$|\/$|\.lock(\/|$)/.test(name);

export type GitResult = { ok: true; stdout: string } | { ok: false; stderr: string };

/** Credentials travel in the environment: arguments are seen by everyone on the machine. */
export type GitEnv = Record<string, string>;

export type GitOptions = {
  cwd?: string;
  env?: GitEnv;
  timeoutMs?: number;
  /** `nothing` where absent. */
  reach?: Reach;
  /** Asks a remote with the configuration of the user that the server runs as. */
  ownConfiguration?: boolean;
  stdin?: Readable | string;
  /** Of what it prints; more is a failure. 64 MiB where absent. */
  maxBytes?: number;
  /** Ends git and all that it started. Whoever gave it asks it why. */
  signal?: AbortSignal | undefined;
};

/** No git of ours runs for longer. */
export const longestMs = 10 * 60_000;

const input = (stdin: Readable | string | undefined) =>
  stdin === undefined ? { stdin: 'ignore' as const } : { input: stdin };

/** Runs git on the server. Failure is data, with git's own words. */
export async function git(args: string[], options: GitOptions = {}): Promise<GitResult> {
  const { cwd, env, timeoutMs = longestMs, reach = 'nothing', stdin, signal } = options;
  using limit = timeLimit(timeoutMs, signal);
  const over = limit.signal;
  if (over.aborted) return { ok: false, stderr: 'git was not started: whoever asked for it let go' };
  const child = execa('git', [...settings(reach), ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...environment(reach, options.ownConfiguration), ...env },
    ...input(stdin),
    reject: false,
    // A group of its own: what speaks to a remote is a child of git's, and outlives git itself.
    detached: true,
    maxBuffer: options.maxBytes ?? 64 * 1024 * 1024,
    stripFinalNewline: false,
  });
  trackGroup(child.pid, child);
  const end = () => endGroup(child.pid);
  over.addEventListener('abort', end, { once: true });
  const done = await child.finally(() => over.removeEventListener('abort', end));
  if (over.aborted && done.failed) return { ok: false, stderr: `git was ended: ${why(over, signal)}` };
  if (done.failed) return { ok: false, stderr: String(done.stderr || done.shortMessage) };
  return { ok: true, stdout: String(done.stdout ?? '') };
}

const why = (over: AbortSignal, signal: AbortSignal | undefined) =>
  signal?.aborted && over.reason === signal.reason ? 'whoever asked for it let go' : 'it took too long';

/** A running git whose output is read as a stream. Never rejects; it fails where the signal ended it. */
export const gitStream = (
  args: string[],
  cwd: string,
  options: { signal?: AbortSignal; input?: Readable | string } = {},
) =>
  execa('git', [...settings('nothing'), ...args], {
    cwd,
    env: environment('nothing'),
    ...input(options.input),
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
