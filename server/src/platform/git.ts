import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { z } from 'zod';

export type GitResult = { ok: true; stdout: string } | { ok: false; stderr: string };

/** Credentials travel in the environment: arguments are seen by everyone on the machine. */
export type GitEnv = Record<string, string>;

const shaForm = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** The name of a git object, as git itself writes it. Nothing else is ever given to git as a revision. */
export const Sha = z.string().regex(shaForm, 'not the id of a git object');
export const isSha = (text: string): boolean => shaForm.test(text);

/** A full ref that means only itself: no option, no range, no path, no revision suffix. */
export const isRef = (name: string): boolean =>
  /^refs\/[\w][\w./+@#=-]{0,300}$/.test(name) && !/\.\.|@\{|\/\/|\/\.|\.\/|\.$|\/$|\.lock(\/|$)/.test(name);

/** What may be reached: nothing but its own objects, a repository on this machine, or the remote of a mirror. */
export type Reach = 'nothing' | 'file' | 'remote';

const protocols: Record<Reach, string> = { nothing: '', file: 'file', remote: 'https:http:ssh:git:file' };

/** Variables that would have git read, run or write something other than what it is told. */
const unset = Object.fromEntries(
  [
    ...[
      'DIR',
      'WORK_TREE',
      'COMMON_DIR',
      'INDEX_FILE',
      'OBJECT_DIRECTORY',
      'NAMESPACE',
      'CEILING_DIRECTORIES',
    ],
    ...['ALTERNATE_OBJECT_DIRECTORIES', 'QUARANTINE_PATH', 'REPLACE_REF_BASE', 'SHALLOW_FILE', 'GRAFT_FILE'],
    ...['CONFIG', 'CONFIG_PARAMETERS', 'CONFIG_COUNT', 'EXTERNAL_DIFF', 'DIFF_OPTS', 'PAGER', 'EDITOR'],
    ...['SEQUENCE_EDITOR', 'EXEC_PATH', 'TEMPLATE_DIR', 'ATTR_SOURCE', 'PROXY_COMMAND', 'TRACE', 'TRACE2'],
  ].map(name => [`GIT_${name}`, undefined]),
);

const environment = (reach: Reach) => ({
  ...unset,
  // Never ask: a server has nobody to answer.
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: 'true',
  GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=10',
  // The user's own configuration (aliases, hooks, signing) is not ours. The machine's may hold the proxy and the
  // certificates that the remote is reached with; for work on objects it is of no use.
  GIT_CONFIG_GLOBAL: '/dev/null',
  ...(reach === 'remote' ? {} : { GIT_CONFIG_NOSYSTEM: '1' }),
  GIT_ATTR_NOSYSTEM: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  // Stronger than any configuration, also than a url that another is rewritten to.
  GIT_ALLOW_PROTOCOL: protocols[reach],
  LC_ALL: 'C',
});

/** Objects come from sandboxes: nothing that they or a configuration name is run, and what is taken in is checked. */
const confined = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'core.pager=cat',
  'diff.external=',
  'fetch.recurseSubmodules=false',
  'submodule.recurse=false',
  'safe.directory=*',
].flatMap(setting => ['-c', setting]);
/** Not for what remotes send: many a repository has old commits that git would not make today. */
const checked = ['-c', 'transfer.fsckObjects=true'];
const settings = (reach: Reach) => (reach === 'remote' ? confined : [...confined, ...checked]);

export type GitOptions = {
  cwd?: string;
  env?: GitEnv;
  timeoutMs?: number;
  /** `nothing` where absent. */
  reach?: Reach;
  stdin?: Readable | string;
  /** Of what it prints; more is a failure. 64 MiB where absent. */
  maxBytes?: number;
  signal?: AbortSignal | undefined;
};

/** Runs git on the server. Failure is data, with git's own words. */
export async function git(args: string[], options: GitOptions = {}): Promise<GitResult> {
  const { stdin, reach = 'nothing' } = options;
  const done = await execa('git', [...settings(reach), ...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...environment(reach), ...options.env },
    ...(stdin === undefined ? { stdin: 'ignore' as const } : { input: stdin }),
    ...(options.signal ? { cancelSignal: options.signal } : {}),
    reject: false,
    timeout: options.timeoutMs ?? 10 * 60_000,
    maxBuffer: options.maxBytes ?? 64 * 1024 * 1024,
    stripFinalNewline: false,
  });
  if (done.failed) return { ok: false, stderr: String(done.stderr || done.shortMessage) };
  return { ok: true, stdout: String(done.stdout ?? '') };
}

/** A running git whose output is read as a stream. */
export const gitStream = (args: string[], cwd: string, input?: string) =>
  execa('git', [...settings('nothing'), ...args], {
    cwd,
    env: environment('nothing'),
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
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
