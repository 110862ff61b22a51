import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type GitServer, startGitServer } from '../../../../test/emulators/git.ts';
import { createLfs } from '../../../../test/emulators/lfs.ts';
import { folderHands } from '../../../test/helpers/folderHands.ts';
import { restoreLfs, takeLfs } from '../../delivery/lfsWork.ts';
import { sendLfs } from '../../delivery/sendLfs.ts';
import { folderBlobs } from '../../platform/blobs.ts';
import { checkOut } from '../../sandboxes/worktree/checkout.ts';
import { commitWork, saveWork } from '../../sandboxes/worktree/workspace.ts';
import { localHost } from '../local.ts';
import { Mirror } from '../mirror.ts';
import { objectPath } from './pointer.ts';

const root = mkdtempSync(join(tmpdir(), 'deckhand-lfs-'));
const folder = join(root, 'remote');
const lfs = createLfs();
const blobs = folderBlobs(join(root, 'blobs'));
const author = { name: 'Ana', email: 'ana@example.test' };
const branch = 'deckhand/ses_a-1';
const signal = AbortSignal.timeout(120_000);
const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' };
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-C', cwd, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
let server: GitServer;
let count = 0;

type Files = Record<string, string>;
const tracked = { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' };

/** A repository of these files, and the mirror of it; over HTTP, or as a folder of this machine. */
async function repository(files: Files, { over = 'http' }: { over?: 'http' | 'folder' } = {}) {
  const id = `shop${++count}`;
  const work = join(root, id);
  git(root, 'init', '-q', '-b', 'main', work);
  for (const [name, text] of Object.entries({ ...tracked, ...files })) {
    mkdirSync(dirname(join(work, name)), { recursive: true });
    writeFileSync(join(work, name), text);
  }
  git(work, 'add', '-A');
  git(work, 'commit', '-qm', 'first');
  const bare = join(folder, `${id}.git`);
  git(root, 'clone', '-q', '--bare', work, bare);
  const url = over === 'http' ? `${server.url}/${id}` : bare;
  const repo = { id, url, description: '', aliases: [], channels: [], pages: [] };
  const mirror = new Mirror(
    repo,
    join(root, 'repos', `${id}.git`),
    localHost(() => ''),
  );
  expect(await mirror.fetch()).toEqual({ ok: true });
  return { mirror, bare, id, base: git(work, 'rev-parse', 'HEAD') };
}

async function sandboxOf(mirror: Mirror, base: string, refSha: string | null = null) {
  const work = mkdtempSync(join(root, 'work-'));
  const { hands } = folderHands(work);
  expect(await checkOut(hands, mirror, { branch, baseSha: base, refSha, author })).toEqual({ ok: true });
  const repo = join(work, 'repo');
  return { hands, repo, read: (name: string) => readFileSync(join(repo, name), 'utf8') };
}

/** What happens at the end of a turn that put these files there, up to the push of commits. */
async function leave(mirror: Mirror, base: string, files: Files) {
  const sandbox = await sandboxOf(mirror, base);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(sandbox.repo, name), text);
  const committed = await commitWork(sandbox.hands, { message: 'work', author, branch });
  if (!committed.ok) throw new Error(committed.message);
  const { head } = committed;
  git(mirror.dir, 'fetch', '-q', sandbox.repo, `${head}:refs/deckhand/ses_a`);
  return { ...sandbox, head, kept: { blobs, mirror, sessionId: 'ses_a', sha: head } };
}

beforeAll(async () => {
  mkdirSync(folder);
  mkdirSync(join(root, 'repos'));
  server = await startGitServer(folder, lfs);
});
beforeEach(() => {
  lfs.asked.length = lfs.moved.length = 0;
  lfs.instead.clear();
  lfs.broken = lfs.elsewhere = null;
});
afterAll(async () => {
  await server?.close();
  rmSync(root, { recursive: true, force: true });
});

test('files of LFS are whole in a sandbox, unchanged to git of either kind, and fetched once', async () => {
  const { oid, pointer } = lfs.add('a picture\n'.repeat(1000));
  const { mirror, base } = await repository({
    'a.bin': pointer,
    'sub/a copy.bin': pointer,
    'b.txt': pointer,
  });
  const { read, repo, hands } = await sandboxOf(mirror, base);
  expect([read('a.bin'), read('sub/a copy.bin')]).toEqual(Array(2).fill('a picture\n'.repeat(1000)));
  // Not given to LFS: somebody's text.
  expect(read('b.txt')).toBe(pointer);
  expect(git(repo, 'status', '--porcelain')).toBe('');
  expect(await saveWork(hands)).toMatchObject({ ok: true, sha: base, head: base });
  // As the agent's own git has it.
  rmSync(join(repo, 'a.bin'));
  git(repo, 'checkout', '-q', '--', 'a.bin');
  expect(read('a.bin')).toBe('a picture\n'.repeat(1000));
  await sandboxOf(mirror, base);
  expect(lfs.moved.map(({ what }) => what)).toEqual([`GET ${oid}`]);
});

test('what cannot be had stays a pointer that nobody changed, and is told with why', async () => {
  const [good, bad, gone] = ['good', 'bad', 'gone'].map(text => lfs.add(`${text} content\n`));
  if (!good || !bad || !gone) throw new Error('three');
  lfs.instead.set(bad.oid, Buffer.from('its content'));
  lfs.objects.delete(gone.oid);
  const { mirror, base } = await repository({
    'good.bin': good.pointer,
    'bad.bin': bad.pointer,
    'gone.bin': gone.pointer,
  });
  const { read, repo } = await sandboxOf(mirror, base);
  expect([read('good.bin'), read('bad.bin'), read('gone.bin')]).toEqual([
    'good content\n',
    bad.pointer,
    gone.pointer,
  ]);
  expect(git(repo, 'status', '--porcelain')).toBe('');
  expect(mirror.lfs.lacks.at(base).toSorted((a, b) => a.path.localeCompare(b.path))).toEqual([
    { path: 'bad.bin', why: 'what its LFS server gives is not what the pointer names' },
    { path: 'gone.bin', why: 'its LFS server does not have it' },
  ]);
  expect(existsSync(join(mirror.dir, objectPath(bad)))).toBe(false);
});

test.each([
  [401, 'its LFS server gives no access (401)'],
  [404, 'its host offers no Git LFS there (404)'],
  [500, 'its LFS server answers 500'],
])(
  'a host that answers %s: the reason is said, and the sandbox is there all the same',
  async (status, why) => {
    const { pointer } = lfs.add(`for ${status}`);
    const { mirror, base } = await repository({ 'a.bin': pointer });
    lfs.broken = status;
    expect((await sandboxOf(mirror, base)).read('a.bin')).toBe(pointer);
    expect(mirror.lfs.lacks.at(base)).toEqual([{ path: 'a.bin', why }]);
    lfs.broken = null;
    expect((await sandboxOf(mirror, base)).read('a.bin')).toBe(`for ${status}`);
    expect(mirror.lfs.lacks.at(base)).toEqual([]);
  },
);

test('a repository or its LFS server names another host: that is not asked', async () => {
  let asked = 0;
  const other = createServer((_, response) => {
    asked += 1;
    response.end('{}');
  });
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  try {
    const { pointer } = lfs.add('elsewhere');
    const named = await repository({
      'a.bin': pointer,
      '.lfsconfig': `[lfs]\n\turl = ${url}/x.git/info/lfs\n`,
    });
    expect((await sandboxOf(named.mirror, named.base)).read('a.bin')).toBe(pointer);
    expect(named.mirror.lfs.lacks.at(named.base)[0]?.why).toContain('.lfsconfig names another host');
    lfs.elsewhere = url;
    const sent = await repository({ 'a.bin': pointer });
    expect((await sandboxOf(sent.mirror, sent.base)).read('a.bin')).toBe(pointer);
    expect(sent.mirror.lfs.lacks.at(sent.base)[0]?.why).toContain('host, which is not asked');
    expect(asked).toBe(0);
    const same = await repository({
      'a.bin': pointer,
      '.lfsconfig': `[lfs]\n\turl = ${server.url}/other.git/info/lfs\n`,
    });
    lfs.elsewhere = null;
    expect((await sandboxOf(same.mirror, same.base)).read('a.bin')).toBe('elsewhere');
    expect(lfs.asked.at(-1)?.repo).toBe('other');
  } finally {
    other.close();
  }
});

test('what is new leaves as a pointer, its content before it; work of another sandbox finds it again', async () => {
  const old = lfs.add('old content');
  const { mirror, base } = await repository({ 'a.bin': old.pointer, 'raw.txt': 'x' });
  const { head, kept, hands, repo } = await leave(mirror, base, {
    'a.bin': 'new content',
    'b.bin': 'more\n',
    'empty.bin': '',
  });
  const oid = createHash('sha256').update('new content').digest('hex');
  expect(git(repo, 'show', `${head}:a.bin`)).toContain(`oid sha256:${oid}\nsize 11`);
  expect(git(repo, 'show', `${head}:empty.bin`)).toBe('');
  expect(git(repo, 'status', '--porcelain')).toBe('');
  await takeLfs(hands, kept);
  // A server that has only the blob store, and what it saved of the session's commits.
  const dir = join(root, 'repos', 'another.git');
  const another = new Mirror(
    mirror.repo,
    dir,
    localHost(() => ''),
  );
  expect(await another.fetch()).toEqual({ ok: true });
  git(dir, 'fetch', '-q', repo, `${head}:refs/deckhand/ses_a`);
  await restoreLfs({ ...kept, mirror: another });
  expect(await another.lfs.has({ oid, bytes: 11 })).toBe(true);
  expect(await sendLfs(mirror, { head, hosted: [], signal })).toEqual({ ok: true });
  expect(lfs.objects.get(oid)?.toString()).toBe('new content');
  expect(lfs.asked.at(-1)).toMatchObject({ operation: 'upload' });
  expect(lfs.asked.at(-1)?.oids).toHaveLength(2);
  lfs.objects.clear();
  expect((await sandboxOf(mirror, base, head)).read('a.bin')).toBe('new content');
});

test('a sandbox that keeps other content under an id than that names: nothing of it leaves', async () => {
  const { mirror, base } = await repository({ 'a.txt': 'x' });
  const { head, kept, hands, repo } = await leave(mirror, base, { 'a.bin': 'true' });
  const oid = createHash('sha256').update('true').digest('hex');
  writeFileSync(join(repo, '.git', objectPath({ oid })), 'lies');
  await takeLfs(hands, kept);
  expect(await mirror.lfs.has({ oid, bytes: 4 })).toBe(false);
  expect(await sendLfs(mirror, { head, hosted: [], signal })).toEqual({
    ok: true,
    refused: expect.stringContaining('whose content nobody has: a.bin'),
  });
  expect(lfs.moved).toEqual([]);
  // Longer than it says.
  writeFileSync(join(repo, '.git', objectPath({ oid })), 'true and more');
  await takeLfs(hands, kept);
  expect(await mirror.lfs.has({ oid, bytes: 4 })).toBe(false);
  writeFileSync(join(repo, '.git', objectPath({ oid })), 'true');
  await takeLfs(hands, kept);
  lfs.broken = 404;
  expect(await sendLfs(mirror, { head, hosted: [], signal })).toMatchObject({
    refused: expect.stringContaining('a.bin: its host offers no Git LFS there'),
  });
  lfs.broken = 503;
  expect(await sendLfs(mirror, { head, hosted: [], signal })).toMatchObject({
    ok: false,
    code: 'repo_unreachable',
  });
});

test('a remote that is a folder has its content in that folder', async () => {
  const content = 'of a folder';
  const { oid, pointer } = lfs.add(content);
  lfs.objects.clear();
  const { mirror, base, bare } = await repository({ 'a.bin': pointer }, { over: 'folder' });
  mkdirSync(dirname(join(bare, objectPath({ oid }))), { recursive: true });
  writeFileSync(join(bare, objectPath({ oid })), content);
  expect((await sandboxOf(mirror, base)).read('a.bin')).toBe(content);
  const { head, kept, hands } = await leave(mirror, base, { 'b.bin': 'b content' });
  await takeLfs(hands, kept);
  expect(await sendLfs(mirror, { head, hosted: [], signal })).toEqual({ ok: true });
  const sent = createHash('sha256').update('b content').digest('hex');
  expect(readFileSync(join(bare, objectPath({ oid: sent })), 'utf8')).toBe('b content');
});

test('what was committed whole stays whole while nobody changes it, and what is staged past the filter becomes a pointer', async () => {
  const { mirror, base } = await repository({ 'raw.bin': 'was whole', 'other.txt': 'x' });
  const { hands, repo } = await sandboxOf(mirror, base);
  writeFileSync(join(repo, 'raw.bin'), 'was whole');
  writeFileSync(join(repo, 'past.bin'), 'staged past it');
  git(repo, '-c', 'filter.lfs.clean=', '-c', 'filter.lfs.required=false', 'add', 'past.bin');
  expect(git(repo, 'show', ':past.bin')).toBe('staged past it');
  const committed = await commitWork(hands, { message: 'work', author, branch });
  expect(committed.ok).toBe(true);
  expect(git(repo, 'diff', '--name-only', base, 'HEAD')).toBe('past.bin');
  expect(git(repo, 'show', 'HEAD:past.bin')).toContain('version https://git-lfs');
  expect(readFileSync(join(repo, 'past.bin'), 'utf8')).toBe('staged past it');
});
