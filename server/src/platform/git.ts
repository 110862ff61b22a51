import { execa } from 'execa';

export type GitResult = { ok: true; stdout: string } | { ok: false; stderr: string };

/** Credentials travel in the environment: arguments are seen by everyone on the machine. */
export type GitEnv = Record<string, string>;

const quiet: GitEnv = {
  // Never ask: a server has nobody to answer.
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: 'true',
  GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=10',
  // The user's own configuration (aliases, hooks, signing) is not ours.
  GIT_CONFIG_GLOBAL: '/dev/null',
  LC_ALL: 'C',
};

/** Runs git on the server. Failure is data, with git's own words. */
export async function git(
  args: string[],
  options: { cwd?: string; env?: GitEnv; timeoutMs?: number } = {},
): Promise<GitResult> {
  const done = await execa('git', args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...quiet, ...options.env },
    stdin: 'ignore',
    reject: false,
    timeout: options.timeoutMs ?? 10 * 60_000,
    maxBuffer: 64 * 1024 * 1024,
    stripFinalNewline: false,
  });
  if (done.failed) return { ok: false, stderr: String(done.stderr || done.shortMessage) };
  return { ok: true, stdout: String(done.stdout ?? '') };
}

/** A running git whose output is read as a stream. */
export const gitStream = (args: string[], cwd: string) =>
  execa('git', args, { cwd, env: quiet, stdin: 'ignore', buffer: false, reject: false, encoding: 'buffer' });

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
