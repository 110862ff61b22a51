import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serveGit } from '../../../test/emulators/git.ts';
import { localHost } from './local.ts';
import { Mirror } from './mirror.ts';

const root = mkdtempSync(join(tmpdir(), 'deckhand-local-'));
const configured = process.env.GIT_CONFIG_GLOBAL;
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd,
    encoding: 'utf8',
  }).trim();
const wanted = `Basic ${Buffer.from('ada:her-word').toString('base64')}`;
/** Repositories that want a password. */
const server = createServer((request, response) => {
  if (request.headers.authorization === wanted) return serveGit(request, response, root);
  response.writeHead(401, { 'www-authenticate': 'Basic realm="code"' }).end();
});

beforeAll(async () => {
  mkdirSync(join(root, 'repos'));
  git(root, 'init', '-q', '--bare', '-b', 'main', 'x.git');
  git(join(root, 'x.git'), 'config', 'http.receivepack', 'true');
  git(root, 'clone', '-q', 'x.git', 'clone');
  git(join(root, 'clone'), 'commit', '-q', '--allow-empty', '-m', 'first');
  git(join(root, 'clone'), 'push', '-q', 'origin', 'HEAD:main');
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const file = join(root, 'own.gitconfig');
  writeFileSync(
    file,
    [
      `[url "http://127.0.0.1:${port}/"]\n\tinsteadOf = https://code.example.test/`,
      `[credential]\n\thelper = "!f() { echo username=ada; echo password=her-word; }; f"`,
      '[push]\n\tfollowTags = true',
    ].join('\n'),
  );
  process.env.GIT_CONFIG_GLOBAL = file;
});
afterAll(() => {
  if (configured === undefined) delete process.env.GIT_CONFIG_GLOBAL;
  else process.env.GIT_CONFIG_GLOBAL = configured;
  server.close();
  server.closeAllConnections();
  rmSync(root, { recursive: true, force: true });
});

const repo = {
  id: 'x',
  url: 'https://code.example.test/x.git',
  description: '',
  aliases: [],
  channels: [],
  pages: [],
};

test('a repository that a person named is reached by their own configuration, and gets what a push names alone', async () => {
  const mirror = new Mirror(
    repo,
    join(root, 'repos/x.git'),
    localHost(() => ''),
  );
  expect(await mirror.fetch()).toEqual({ ok: true });
  const base = await mirror.base();
  if (!base.ok) throw new Error(base.message);
  git(mirror.dir, 'tag', '-m', 'ours', 'ours', base.sha);
  const pushed = await mirror.remote(['push', '-q', 'origin', `${base.sha}:refs/heads/new`], 'write');
  expect(pushed).toMatchObject({ ok: true });
  expect(git(join(root, 'x.git'), 'for-each-ref', '--format=%(refname)')).toBe(
    'refs/heads/main\nrefs/heads/new',
  );
});

test('one that an App reaches is not; nor is any work on objects', async () => {
  const host = { ...localHost(() => ''), ownConfiguration: false };
  const mirror = new Mirror(repo, join(root, 'repos/y.git'), host);
  // The name is nobody's: what reaches it is the user's configuration alone.
  const listed = await mirror.git(['config', '--get-regexp', '^(url|credential)[.]'], {
    ownConfiguration: true,
  });
  expect(listed.ok).toBe(false);
  const asked = await mirror.git(['config', '--get-regexp', '^(url|credential)[.]'], { reach: 'remote' });
  expect(asked.ok).toBe(false);
});
