import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { appId, type GithubEmulator, startGithub } from '../emulators/github/github.ts';
import { bash, done, write } from '../emulators/model/index.ts';
import { inside } from '../support/sandbox.ts';
import { openStack, type Stack } from '../support/stack.ts';

let folder: string;
let github: GithubEmulator;
let stack: Stack;

const git = (args: string[], cwd: string) => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();
const bare = () => join(folder, 'acme', 'shop.git');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deckhand-github-'));
  const work = join(folder, 'work');
  mkdirSync(work);
  git(['init', '-q', '-b', 'main'], work);
  writeFileSync(join(work, 'README.md'), 'Shop\n');
  git(['add', '-A'], work);
  git(['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'Begin'], work);
  mkdirSync(join(folder, 'acme'));
  git(['clone', '-q', '--bare', work, bare()], folder);
  git(['config', 'http.receivepack', 'true'], bare());
  github = await startGithub(folder, ['acme/shop']);
  const repos = [
    { id: 'shop', url: `${github.url}/acme/shop.git` },
    { id: 'elsewhere', url: `${github.url}/acme/elsewhere.git` },
  ];
  writeFileSync(join(folder, 'repos.json'), JSON.stringify({ repos }));
  stack = await openStack({
    DECKHAND_REPOS: join(folder, 'repos.json'),
    GITHUB_APP_ID: appId,
    GITHUB_APP_PRIVATE_KEY: github.privateKey,
    GITHUB_API_URL: github.url,
    GITHUB_URL: github.url,
  });
});
afterAll(async () => {
  await stack?.dispose();
  await github?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a GitHub App clones and pushes with tokens for one repository and one use, none of which enters the sandbox', async () => {
  stack.model.script('shop', [
    { calls: [write('new.txt', 'new\n')] },
    { calls: [bash('git remote -v; env')] },
    done(),
  ]);
  const session = await stack.ask('Add a file #shop', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');

  const change = await session.event('change.opened');
  const branch = change.data.branch;
  expect(change.data.url).toBe(`${github.url}/acme/shop/compare/main...${encodeURIComponent(branch)}`);
  expect(git(['show', `${branch}:new.txt`], bare())).toBe('new');
  expect(github.minted.every(grant => grant.repositories.join() === 'shop')).toBe(true);
  const access = github.minted.map(grant => grant.permissions.contents);
  expect(access.filter(kind => kind === 'write')).toHaveLength(1);

  const tokens = github.minted.map(grant => grant.token).join('\\|');
  expect(
    await inside(
      session.sessionId,
      `grep -rl '${tokens}' /work /tmp /run 2>/dev/null; cat /proc/*/environ | grep -ac '${tokens}'`,
    ),
  ).toBe('0\n');
  expect(JSON.stringify(session.events)).not.toMatch(/ghs_/);
  expect(stack.server.log()).not.toMatch(/ghs_/);
});

test('a repository that the App is not installed on says so, and what to do', async () => {
  stack.model.script('elsewhere', [done()]);
  const session = await stack.ask('Anything #elsewhere', { repo: 'elsewhere' });
  const { outcome, error } = (await session.finished()).data;
  expect(outcome).toBe('failed');
  expect(error?.code).toBe('repo_unreachable');
  expect(error?.message).toContain('Install the GitHub App on acme/elsewhere');
});
