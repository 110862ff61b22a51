import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { githubToken, openGuardRepo } from '../../test/helpers/guardRepo.ts';

let repo: ReturnType<typeof openGuardRepo>;
beforeEach(() => {
  repo = openGuardRepo();
  repo.commit({ 'old.txt': `was there before: ${githubToken}\n`, 'a.txt': 'a\n' });
  repo.hosts();
});
afterEach(() => repo.close());

const secretAt = (place: string) => expect.stringContaining(`what looks like a secret: ${place}`);
const key = `const key = '${githubToken}';\n`;

test('ordinary work goes out, also a merge of what others pushed', async () => {
  repo.commit({ 'a.ts': 'export const a = 1;\n', 'path with spaces/ä.txt': 'text\n' });
  repo.git('checkout', '-qb', 'others', 'origin/main');
  repo.commit({ 'theirs.ts': key });
  repo.git('commit', '-q', '--amend', '--no-edit', '--author=Bo <bo@example.com>');
  repo.hosts('others');
  repo.git('checkout', '-q', 'main');
  repo.git('merge', '-q', '--no-ff', '--no-edit', 'others');
  expect(await repo.judge()).toBeNull();
});

test('a secret is named by file and line, never by its value', async () => {
  repo.commit({ 'deep/config.ts': `const a = 1;\nconst b = 2;\n${key}` });
  const refusal = await repo.judge();
  expect(refusal).toContain('deep/config.ts:3');
  expect(refusal).not.toContain(githubToken);
});

test('a secret that stood there before hinders nobody, whatever is changed beside it or moved', async () => {
  repo.commit({ 'old.txt': `other words\nwas there before: ${githubToken}\n` });
  repo.git('mv', 'old.txt', 'moved.txt');
  repo.commit({ 'moved.txt': `and more\nwas there before: ${githubToken}\n` });
  expect(await repo.judge()).toBeNull();
  repo.commit({ 'elsewhere.txt': `${githubToken}\n` });
  expect(await repo.judge()).toEqual(secretAt('elsewhere.txt:1'));
});

test('a secret that a later commit takes out is still in what would be pushed', async () => {
  repo.commit({ 'config.ts': key });
  repo.commit({ 'config.ts': 'const key = process.env.KEY;\n' });
  expect(await repo.judge()).toEqual(secretAt('config.ts:1'));
});

test('a comment in the file does not switch the search off', async () => {
  repo.commit({ 'config.ts': `// secretlint-disable\n${key}` });
  expect(await repo.judge()).toEqual(secretAt('config.ts:2'));
});

test('a secret on a side branch that is merged, and one that only the merge itself holds', async () => {
  repo.git('checkout', '-qb', 'side');
  const side = repo.commit({ 'side.ts': key });
  repo.git('checkout', '-q', 'main');
  repo.commit({ 'main.ts': 'x\n' });
  repo.git('merge', '-q', '--no-ff', '--no-edit', 'side');
  expect(await repo.judge()).toEqual(secretAt('side.ts:1'));

  repo.git('reset', '-q', '--hard', 'origin/main');
  repo.git('branch', '-D', 'side');
  const one = repo.commit({ 'one.ts': '1\n' });
  repo.git('reset', '-q', '--hard', 'origin/main');
  const two = repo.commit({ 'two.ts': '2\n' });
  repo.write('evil.ts', key);
  repo.git('add', '-A');
  const tree = repo.git('write-tree');
  const parents = [one, two, repo.git('rev-parse', 'origin/main')].flatMap(sha => ['-p', sha]);
  const octopus = repo.git('commit-tree', tree, ...parents, '-m', 'octopus');
  expect(await repo.judge({ head: octopus })).toEqual(secretAt('evil.ts:1'));
  expect(await repo.judge({ head: side })).toEqual(secretAt('side.ts:1'));
});

test('a secret between NULs, in two bytes a letter, across the end of a piece, and far behind', async () => {
  repo.commit({ 'binary.bin': Buffer.concat([Buffer.alloc(100), Buffer.from(` ${githubToken} `)]) });
  expect(await repo.judge()).toEqual(secretAt('binary.bin:1'));
  repo.git('reset', '-q', '--hard', 'origin/main');
  repo.commit({ 'wide.txt': Buffer.from(`\ufeffone\n${key}`, 'utf16le') });
  expect(await repo.judge()).toEqual(secretAt('wide.txt:2'));
  repo.git('reset', '-q', '--hard', 'origin/main');
  repo.commit({ 'wide.txt': Buffer.from(`\ufeffone\n${key}`, 'utf16le').swap16() });
  expect(await repo.judge()).toEqual(secretAt('wide.txt:2'));
  repo.git('reset', '-q', '--hard', 'origin/main');
  // Wherever pieces end: it lies across every place from 1 MiB on in one of these.
  const line = `${'-'.repeat(99)}\n`;
  repo.commit({
    'long.txt': `${line.repeat(10_485)}${'-'.repeat(60)} ${githubToken}\n${line.repeat(30_000)}`,
  });
  expect(await repo.judge()).toEqual(secretAt('long.txt:10486'));
});

test('more than 64 MiB of ordinary work before it hide no secret', async () => {
  const filler = Buffer.alloc(36 * 1024 * 1024, `${'filler '.repeat(20)}\n`);
  repo.commit({ 'one.txt': filler });
  filler[0] = 33;
  repo.commit({ 'two.txt': filler });
  repo.commit({ 'z.ts': key });
  const asked = await repo.judgement();
  expect(await repo.judge({ remarked: (asked.ok && asked.remarks) || [] })).toEqual(secretAt('z.ts:1'));
});

test('what is too much to be looked through does not leave, and is told why', async () => {
  repo.commit({ 'b.txt': 'b'.repeat(5_000) });
  expect(await repo.judge()).toBeNull();
  expect(await repo.judge({ limits: { blobBytes: 1_000 } })).toContain('b.txt has 1 MiB');
  expect(await repo.judge({ limits: { bytes: 1_000 } })).toContain('of new files');
  expect(await repo.judge({ limits: { commitBytes: 10 } })).toContain('too long');
  expect(await repo.judge({ limits: { ms: 0 } })).toContain('in time');
  repo.commit({ 'c.txt': 'c\n', 'd.txt': 'd\n' });
  expect(await repo.judge({ limits: { commits: 1 } })).toContain('more than 1 commits');
  expect(await repo.judge({ limits: { entries: 1 } })).toContain('more than 1 files');
});

test('what is not whole, no commit or no id at all does not leave', async () => {
  repo.commit({ 'b.txt': 'b\n' });
  const blob = repo.git('rev-parse', 'HEAD:b.txt');
  expect(await repo.judge({ head: blob })).toContain('no commit');
  repo.git('tag', '-a', '-m', key, 'v1');
  expect(await repo.judge({ head: repo.git('rev-parse', 'v1') })).toContain('no commit');
  expect(await repo.judge({ head: `${repo.git('rev-parse', 'HEAD')}^{}` })).toContain('no commit id');
  repo.remove(`.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`);
  expect(await repo.judge()).toMatch(/not whole|could not be read/);
});

test('a secret in the name of a file, a message, a merged tag', async () => {
  repo.commit({ [`${githubToken}.txt`]: 'x\n' });
  const refusal = await repo.judge();
  expect(refusal).toEqual(secretAt('the name of a file'));
  expect(refusal).not.toContain(githubToken);
  repo.git('reset', '-q', '--hard', 'origin/main');
  const said = repo.commit({ 'b.txt': 'b\n' }, `Use ${githubToken}`);
  expect(await repo.judge()).toEqual(secretAt(`the message of commit ${said.slice(0, 12)}`));
  repo.git('reset', '-q', '--hard', 'origin/main');
  repo.git('checkout', '-qb', 'side');
  repo.commit({ 'c.txt': 'c\n' });
  repo.git('tag', '-a', '-m', `key ${githubToken}`, 'v1');
  repo.git('checkout', '-q', 'main');
  repo.commit({ 'd.txt': 'd\n' });
  repo.git('merge', '-q', '--no-ff', '-m', 'merge', 'v1');
  repo.git('tag', '-d', 'v1');
  // Git puts signed tags into the merge; whoever wants to does it with any.
  const raw = repo.git('cat-file', 'commit', 'HEAD');
  const [headers = '', message = ''] = raw.split('\n\n');
  const merged = `${headers}\nmergetag object x\n tag v1\n ${githubToken}\n\n${message}\n`;
  const head = repo.run(['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'], { input: merged });
  expect(await repo.judge({ head })).toEqual(secretAt('the message of commit'));
});

test('what was pushed to the branch before is not judged again; only branches of ours are pushed', async () => {
  const pushed = repo.commit({ 'config.ts': key });
  repo.commit({ 'e.txt': 'e\n' });
  expect(await repo.judge()).toEqual(secretAt('config.ts:1'));
  expect(await repo.judge({ hosted: [pushed, 'f'.repeat(40), '--all'] })).toBeNull();
  expect(await repo.judge({ hosted: [pushed], branch: 'main' })).toContain('main is none');
});
