import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { ana, openGuardRepo } from '../../../test/helpers/guardRepo.ts';

const repo = openGuardRepo();
repo.commit({ 'a.txt': 'a\n' });
repo.hosts();
beforeEach(() => void repo.git('reset', '-q', '--hard', 'origin/main'));
afterAll(() => repo.close());

const ceo = 'Chief Executive <ceo@example.com>';

test('a commit in the name of somebody else does not leave, nor one that they are said to have committed', async () => {
  repo.commit({ 'b.txt': 'b\n' });
  repo.git('commit', '-q', '--amend', '--no-edit', `--author=${ceo}`);
  const refusal = await repo.judge();
  expect(refusal).toContain(`in the name of ${ceo}`);
  expect(refusal).toContain('--reset-author');
  const env = { GIT_COMMITTER_NAME: 'Chief Executive', GIT_COMMITTER_EMAIL: 'ceo@example.com' };
  repo.run(['commit', '-q', '--amend', '--no-edit', '--reset-author'], { env });
  expect(await repo.judge()).toContain(ceo);
  repo.git('commit', '-q', '--amend', '--no-edit', '--reset-author');
  expect(await repo.judge()).toBeNull();
});

test('another name over an own address is another name; so is a commit below the newest', async () => {
  repo.commit({ 'b.txt': 'b\n' });
  repo.git('commit', '-q', '--amend', '--no-edit', `--author=Chief Executive <${ana.email}>`);
  expect(await repo.judge()).toContain('Chief Executive');
  repo.commit({ 'c.txt': 'c\n' });
  expect(await repo.judge()).toContain('Chief Executive');
});

test('on a side branch that is merged too', async () => {
  repo.git('checkout', '-qB', 'side');
  repo.commit({ 'b.txt': 'b\n' });
  repo.git('commit', '-q', '--amend', '--no-edit', `--author=${ceo}`);
  repo.git('checkout', '-q', 'main');
  repo.git('merge', '-q', '--no-ff', '--no-edit', 'side');
  expect(await repo.judge()).toContain(ceo);
});

test('trailers name people of the session only', async () => {
  repo.commit({ 'b.txt': 'b\n' }, `Work\n\nCo-authored-by: Ana B <${ana.email.toUpperCase()}>`);
  expect(await repo.judge()).toBeNull();
  repo.commit({ 'c.txt': 'c\n' }, `Work\n\nSIGNED-OFF-BY : ${ceo}\nDeckhand-Turn: x`);
  expect(await repo.judge()).toContain(ceo);
});

test('a trailer names everybody in it, and one that was made to be read slowly is read at once', async () => {
  repo.commit({ 'b.txt': 'b\n' }, `Work\n\nCo-authored-by: Ana <${ana.email}> ${ceo}`);
  expect(await repo.judge()).toContain('ceo@example.com');
  repo.git('reset', '-q', '--hard', 'origin/main');
  // Blanks that three parts of an expression could share out among themselves: seconds for some thousand, days for these.
  repo.commit({ 'c.txt': 'c\n' }, `Work\n\nSigned-off-by:${'\t '.repeat(50_000)}>\nSigned-off-by: ${ceo}`);
  const startedMs = performance.now();
  expect(await repo.judge()).toContain(ceo);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});

test('a commit that does not say who made it does not leave', async () => {
  const raw = repo.git('cat-file', 'commit', repo.commit({ 'b.txt': 'b\n' }));
  const twice = raw.replace(/^author .*$/m, line => `${line}\nauthor ${ceo} 1 +0000`);
  const head = repo.run(['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'], {
    input: `${twice}\n`,
  });
  expect(await repo.judge({ head })).toContain('does not say who made it');
});
