import { type GitEnv, git } from '../../platform/git.ts';
import type { Headers } from './batch.ts';

/** What git would show to a remote over http; asked of git itself, so that helpers and headers of the user count. */
export type Remote = {
  dir: string;
  /** As git asks for it, a password in it perhaps. */
  url: string;
  ownConfiguration: boolean;
  env: () => Promise<GitEnv>;
  /** What `env` gave was not taken. */
  rejected: () => void;
};

export function lfsHeaders(remote: Remote, endpoint: string): Headers {
  return async again => {
    if (again) remote.rejected();
    const options = {
      cwd: remote.dir,
      reach: 'remote' as const,
      env: await remote.env(),
      ownConfiguration: remote.ownConfiguration,
    };
    const configured = await git(['config', '--get-urlmatch', 'http.extraheader', endpoint], options);
    const header = configured.ok ? headerOf(configured.stdout) : {};
    if (Object.keys(header).length > 0) return header;
    const { username, password, protocol, host, pathname } = new URL(remote.url);
    if (username || password) return basic(decodeURIComponent(username), decodeURIComponent(password));
    // Helpers are asked where it is needed only: one of them may want to ask a person.
    if (!again || !remote.ownConfiguration) return {};
    const stdin = `protocol=${protocol.slice(0, -1)}\nhost=${host}\npath=${pathname.slice(1)}\n\n`;
    const filled = await git(['credential', 'fill'], { ...options, stdin, timeoutMs: 30_000 });
    const field = (name: string) =>
      filled.ok ? (new RegExp(`^${name}=(.*)$`, 'm').exec(filled.stdout)?.[1] ?? '') : '';
    return field('password') ? basic(field('username'), field('password')) : {};
  };
}

function headerOf(line: string): Record<string, string> {
  const [, name, value] = /^([\w-]+): *(\S.*)$/.exec(line.trim()) ?? [];
  return name && value ? { [name.toLowerCase()]: value } : {};
}

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
