import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { appId, type GithubEmulator, startGithub } from '../emulators/github/github.ts';
import { createLfs } from '../emulators/lfs.ts';
import { bash, done, write } from '../emulators/model/index.ts';
import { inside } from '../support/sandbox.ts';
import { openStack, type Stack } from '../support/stack.ts';

let folder: string;
let github: GithubEmulator;
let stack: Stack;
const lfs = createLfs();
const logo = lfs.add('the logo\n');
const gone = lfs.add('nobody has this');

const git = (args: string[], cwd: string) => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();
const bare = () => join(folder, 'acme', 'shop.git');

/** A bare repository behind `acme/…` with one file, and the commit that it is at. */
function library(name: string): string {
  const work = join(folder, `work-${name}`);
  git(['init', '-q', '-b', 'main', work], folder);
  writeFileSync(join(work, 'lib.txt'), `${name}\n`);
  git(['add', '-A'], work);
  git(['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'Begin'], work);
  git(['clone', '-q', '--bare', work, join(folder, 'acme', `${name}.git`)], folder);
  return git(['rev-parse', 'HEAD'], work);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deckhand-github-'));
  mkdirSync(join(folder, 'acme'));
  const submodules = {
    lib: ['ssh://git@HOST/Acme/lib.git', library('lib')],
    hidden: ['../hidden.git', library('hidden')],
    strange: ['../../other/lib.git', library('strange')],
    deep: ['../../acme/other/lib.git', library('deep')],
  };
  const work = join(folder, 'work');
  mkdirSync(work);
  git(['init', '-q', '-b', 'main'], work);
  writeFileSync(join(work, 'README.md'), 'Shop\n');
  writeFileSync(join(work, '.gitattributes'), '*.bin filter=lfs diff=lfs merge=lfs -text\n');
  writeFileSync(join(work, 'logo.bin'), logo.pointer);
  writeFileSync(join(work, 'gone.bin'), gone.pointer);
  github = await startGithub(folder, ['acme/shop', 'acme/lib']);
  writeFileSync(
    join(work, '.gitmodules'),
    Object.entries(submodules)
      .map(([name, [url = '']]) => `[submodule "${name}"]\n\tpath = ${name}\n\turl = ${url}\n`)
      .join('')
      .replace('HOST', new URL(github.url).host),
  );
  git(['add', '-A'], work);
  for (const [name, [, sha]] of Object.entries(submodules))
    git(['update-index', '--add', '--cacheinfo', `160000,${sha},${name}`], work);
  git(['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'Begin'], work);
  git(['clone', '-q', '--bare', work, bare()], folder);
  git(['config', 'http.receivepack', 'true'], bare());
  github.lfs.add('the logo\n');
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
  expect(github.minted.every(grant => ['shop', 'lib'].includes(grant.repositories.join()))).toBe(true);
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

test('a submodule that the App is installed on is there, by a token for it alone; any other is named with why', async () => {
  stack.model.script('parts', [
    { calls: [bash('cat lib/lib.txt; ls hidden strange deep; git status --porcelain')] },
    done(),
  ]);
  const session = await stack.ask('Look at the parts #parts', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');
  expect((await session.event('tool.finished')).data.output).toBe('lib\ndeep:\n\nhidden:\n\nstrange:\n');
  const ofLib = github.minted.filter(({ repositories }) => repositories.includes('lib'));
  expect(ofLib.map(({ repositories, permissions }) => ({ repositories, permissions }))).toEqual([
    { repositories: ['lib'], permissions: { contents: 'read' } },
  ]);
  const notices = session.events.flatMap(event => (event.type === 'notice' ? [event.data.text] : []));
  const named = notices.find(text => text.startsWith('Submodules that are not here: '));
  expect(named).toContain(
    'hidden (GitHub gave no access to acme/hidden (404). Install the GitHub App on acme/hidden',
  );
  expect(named).toContain('strange (it is not of the same owner on the same host)');
  expect(named).toContain('deep (it is not of the same owner on the same host)');
  expect(github.minted.flatMap(({ repositories }) => repositories)).not.toContain('hidden');
});

test('files of Git LFS are whole in the sandbox and leave as pointers; the server alone speaks to the host', async () => {
  stack.model.script('lfs', [
    {
      calls: [
        bash('cat logo.bin; git status --porcelain; head -n 1 gone.bin; echo "new $((6 * 7))" > new.bin'),
      ],
    },
    done(),
  ]);
  const session = await stack.ask('Add a picture #lfs', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');
  expect((await session.event('tool.finished')).data.output).toContain('the logo\nversion https://git-lfs');
  const notices = session.events.flatMap(event => (event.type === 'notice' ? [event.data.text] : []));
  expect(notices).toContain(
    'Files that Git LFS keeps are only pointers here: gone.bin (its LFS server does not have it).',
  );
  const { branch } = (await session.event('change.opened')).data;
  expect(git(['show', `${branch}:new.bin`], bare())).toContain('version https://git-lfs');
  expect(git(['diff', '--name-only', 'main', branch], bare())).toBe('new.bin');
  expect([...github.lfs.objects.values()].map(String)).toContain('new 42\n');
  const tokens = github.minted.map(({ token }) => Buffer.from(`x-access-token:${token}`).toString('base64'));
  const shown = github.lfs.asked.map(({ authorization = '' }) => authorization.replace('Basic ', ''));
  expect(shown.every(token => tokens.includes(token))).toBe(true);
  expect(github.lfs.asked.map(({ operation }) => operation)).toContain('upload');
});

test('a repository that the App is not installed on says so, and what to do', async () => {
  stack.model.script('elsewhere', [done()]);
  const session = await stack.ask('Anything #elsewhere', { repo: 'elsewhere' });
  const { outcome, error } = (await session.finished()).data;
  expect(outcome).toBe('failed');
  expect(error?.code).toBe('repo_unreachable');
  expect(error?.message).toContain('Install the GitHub App on acme/elsewhere');
});
