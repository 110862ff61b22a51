import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { githubToken, openGuardRepo } from '../../../test/helpers/guardRepo.ts';

let repo: ReturnType<typeof openGuardRepo>;
beforeEach(() => {
  repo = openGuardRepo();
  repo.commit({ 'a.txt': 'a\n', 'vendor/node_modules/x.js': 'x\n' });
  repo.hosts();
});
afterEach(() => repo.close());

const mib = 1024 * 1024;

/** Refused once; left as it is, it passes. */
async function askedOnce(words: string): Promise<void> {
  const first = await repo.judgement();
  if (!first.ok) throw new Error(first.message);
  expect(first.refusal).toContain(words);
  expect(first.refusal).toContain('leave as it is');
  expect(await repo.judge({ remarked: first.remarks ?? [] })).toBeNull();
}

test('a large file is asked about by name and size, and passes if it is meant', async () => {
  repo.commit({ 'data.bin': Buffer.alloc(6 * mib, 6) });
  await askedOnce('large files: data.bin (6.0 MiB)');
});

test('one that a later commit takes out is still in what would be sent', async () => {
  repo.commit({ 'data.bin': Buffer.alloc(6 * mib, 6) });
  repo.remove('data.bin');
  repo.commit();
  await askedOnce('data.bin');
});

test('other content than what was asked about is asked about again', async () => {
  repo.commit({ 'data.bin': Buffer.alloc(6 * mib, 6) });
  const first = await repo.judgement();
  repo.commit({ 'data.bin': Buffer.alloc(7 * mib, 7) });
  expect(await repo.judge({ remarked: (first.ok && first.remarks) || [] })).toContain('data.bin');
});

test('many files of some size, and very many files', async () => {
  repo.commit(
    Object.fromEntries(Array.from({ length: 13 }, (_, n) => [`d/${n}.bin`, Buffer.alloc(2 * mib, `${n}`)])),
  );
  await askedOnce('26.0 MiB of new files: d/');
  repo.hosts();
  repo.commit(Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`s/${n}`, `${n}`])));
  await askedOnce('1001 new files: s/');
});

test('what tools make or fetch is named; what people put there before is theirs', async () => {
  repo.commit({ 'vendor/node_modules/x.js': 'y\n' });
  expect(await repo.judge()).toBeNull();
  repo.commit({ 'node_modules/left-pad/index.js': 'x\n', 'src/__pycache__/a.pyc': 'x', '.DS_Store': 'x' });
  await askedOnce(
    'files that tools make or fetch: .DS_Store, node_modules/left-pad/index.js, src/__pycache__/a.pyc',
  );
});

test('conflict markers that somebody took for done', async () => {
  repo.commit({ 'a.txt': '<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n' });
  await askedOnce('conflict markers (<<<<<<< and >>>>>>>) in a.txt');
  repo.commit({ 'a.txt': 'both\n', 'doc.md': 'Title\n=======\n' });
  expect(await repo.judge()).toBeNull();
});

test('a repository inside is not sent, whatever is said; a submodule that moves is asked about', async () => {
  const inner = (name: string) => {
    mkdirSync(join(repo.dir, name));
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', join(repo.dir, name), ...args], { stdio: 'ignore' });
    git('init', '-q');
    git('-c', 'user.name=A', '-c', 'user.email=a@b.c', 'commit', '-q', '--allow-empty', '-m', 'x');
  };
  inner('lib');
  repo.commit({ '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = https://example.com/lib\n' });
  await askedOnce('submodules lib');
  inner('sub');
  repo.commit();
  const judged = await repo.judgement();
  expect(judged).toMatchObject({ refusal: expect.stringContaining('commit id would be kept: sub') });
  expect(await repo.judge({ remarked: (judged.ok && judged.remarks) || [] })).toContain('sub');
});

test('what stands in the head counts, whatever dates commits give themselves', async () => {
  repo.commit({ '.gitattributes': '*.psd filter=lfs -text\n' });
  repo.hosts();
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`;
  repo.run(['add', '-A']);
  for (const [text, year] of [
    [pointer, 2040],
    ['all of it', 2001],
  ] as const) {
    repo.write('art.psd', text);
    repo.git('add', '-A');
    const date = `${year}-01-01T00:00:00Z`;
    repo.run(['commit', '-qm', 'x'], { env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date } });
  }
  expect(await repo.judge()).toContain('committed whole instead of as pointers: art.psd');
});

test('a file that Git LFS keeps leaves as a pointer only', async () => {
  repo.commit({ '.gitattributes': '*.psd filter=lfs diff=lfs merge=lfs -text\n' });
  repo.commit({
    'art/pointer.psd': `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`,
  });
  expect(await repo.judge()).toBeNull();
  repo.commit({ 'art/raw.psd': 'all of it' });
  const judged = await repo.judgement();
  expect(judged).toMatchObject({
    refusal: expect.stringContaining('Git LFS, committed whole instead of as pointers: art/raw.psd'),
  });
  expect(await repo.judge({ remarked: (judged.ok && judged.remarks) || [] })).toContain('art/raw.psd');
});

test('the content that a pointer names is looked through for secrets: it would leave with it', async () => {
  repo.commit({ '.gitattributes': '*.psd filter=lfs diff=lfs merge=lfs -text\n' });
  const content = `layers\ntoken=${githubToken}\n`;
  const oid = createHash('sha256').update(content).digest('hex');
  const folder = join(repo.dir, '.git/lfs/objects', oid.slice(0, 2), oid.slice(2, 4));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, oid), content);
  repo.commit({
    'art.psd': `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`,
  });
  expect(await repo.judge()).toContain('looks like a secret: art.psd:2');
});
