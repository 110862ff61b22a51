import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { appId, type GithubEmulator, startGithub } from '../emulators/github/github.ts';
import { webhookSecret } from '../emulators/github/hooks.ts';
import { clientId, clientSecret } from '../emulators/github/oauth.ts';
import { openStack, type Stack } from './stack.ts';

export type GithubStack = Stack & {
  github: GithubEmulator;
  folder: string;
  /** git in the bare repository behind `acme/…`. */
  git(name: string, ...args: string[]): string;
  /** A session's changes are due to be looked at. */
  due(sessionId: string): Promise<void>;
};

/** A server whose repositories lie on GitHub, where people sign in. `names` are those of `acme`; `local` is on this machine. */
export async function openGithubStack(
  names: string[],
  env: Record<string, string> = {},
): Promise<GithubStack> {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-github-'));
  const git = (args: string[], cwd: string) => execFileSync('git', args, { cwd, encoding: 'utf8' });
  mkdirSync(join(folder, 'acme'));
  const bare = (name: string) => {
    const work = join(folder, `work-${name}`);
    mkdirSync(work);
    git(['init', '-q', '-b', 'main'], work);
    writeFileSync(join(work, 'README.md'), `${name}\n`);
    git(['add', '-A'], work);
    git(['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'Begin'], work);
    const path = join(folder, 'acme', `${name}.git`);
    git(['clone', '-q', '--bare', work, path], folder);
    git(['config', 'http.receivepack', 'true'], path);
    return path;
  };
  for (const name of names) bare(name);
  const local = bare('local');
  const github = await startGithub(
    folder,
    names.map(name => `acme/${name}`),
  );
  const repos = names.map(name => ({ id: name, url: `${github.url}/acme/${name}.git` }));
  writeFileSync(
    join(folder, 'repos.json'),
    JSON.stringify({ repos: [...repos, { id: 'local', url: local }] }),
  );
  const stack = await openStack({
    DECKHAND_REPOS: join(folder, 'repos.json'),
    GITHUB_APP_ID: appId,
    GITHUB_APP_PRIVATE_KEY: github.privateKey,
    GITHUB_CLIENT_ID: clientId,
    GITHUB_CLIENT_SECRET: clientSecret,
    GITHUB_API_URL: github.url,
    GITHUB_URL: github.url,
    GITHUB_WEBHOOK_SECRET: webhookSecret,
    DECKHAND_ALLOW_ORGS: 'acme',
    // Webhooks say what is new; what they miss has a test of its own.
    DECKHAND_CHANGES_EVERY_MS: '0',
    ...env,
  });
  github.hooks.to(stack.server.url);
  return {
    ...stack,
    github,
    folder,
    async due(sessionId) {
      await withRedis(stack, async redis => {
        for (const member of await redis.zrange('dh:changes', '0', '-1'))
          if (member.startsWith(sessionId)) await redis.zadd('dh:changes', 0, member);
      });
    },
    git: (name, ...args) => git(args, join(folder, 'acme', `${name}.git`)).trim(),
    async dispose() {
      await stack.dispose();
      await github.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function withRedis(stack: Stack, use: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(await stack.server.redisUrl());
  await use(redis);
  redis.disconnect();
}
