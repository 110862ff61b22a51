import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { openGuardRepo } from '../../../test/helpers/guardRepo.ts';

const ci = '.github/workflows/ci.yml';
const repo = openGuardRepo();
repo.commit({ [ci]: 'on: push\n', '.github/CODEOWNERS': '* @ana\n' });
repo.hosts();
const begin = repo.git('rev-parse', 'HEAD');
beforeEach(() => {
  repo.git('checkout', '-qf', 'main');
  repo.git('reset', '-q', '--hard', begin);
  repo.git('clean', '-ffdqx');
  repo.hosts();
});
afterAll(() => repo.close());

function linkInstead(name: string, target: string): void {
  repo.remove(name);
  repo.link(name, target);
}

test.each<[string, () => void]>([
  ['added', () => repo.write('.github/workflows/new.yml', 'on: push\n')],
  ['changed', () => repo.write(ci, 'on: pull_request\n')],
  ['emptied', () => repo.write(ci, '')],
  ['deleted', () => repo.remove(ci)],
  ['renamed', () => void repo.git('mv', ci, '.github/workflows/other.yml')],
  ['moved away', () => void repo.git('mv', ci, 'ci.yml')],
  ['given another mode', () => repo.chmod(ci, 0o755)],
  ['made a link', () => linkInstead(ci, '../CODEOWNERS')],
  ['made a link with its folder', () => linkInstead('.github', 'elsewhere')],
  ['written in another case', () => repo.write('.GitHub/Workflows/new.yml', 'on: push\n')],
  ['written with a sign that nobody sees', () => repo.write('.git\u200chub/workflows/new.yml', 'on: push\n')],
])('a workflow that is %s does not leave; where that is allowed it does', async (_, change) => {
  change();
  repo.commit();
  expect(await repo.judge()).toContain('workflows are not changed from here');
  expect(await repo.judge({ workflows: true })).toBeNull();
});

test('a workflow that becomes a submodule does not leave', async () => {
  repo.git('rm', '-q', ci);
  repo.git('update-index', '--add', '--cacheinfo', `160000,${begin},.github/workflows`);
  repo.git('commit', '-qm', 'x');
  expect(await repo.judge()).toContain('.github/workflows');
});

test('one that is added and taken back is in what would be pushed', async () => {
  repo.commit({ '.github/workflows/new.yml': 'on: push\n' });
  repo.remove('.github/workflows/new.yml');
  repo.commit();
  expect(await repo.judge()).toContain('new.yml');
});

test('other files of the folder, and names that only begin alike, are ordinary work', async () => {
  repo.commit({
    '.github/CODEOWNERS': '* @bo\n',
    '.github/workflows.md': 'x\n',
    'a/.github/workflows/x.yml': 'x\n',
  });
  expect(await repo.judge()).toBeNull();
});

/** The base branch moves on with a workflow of its own, while work began before it. */
function moveBase() {
  repo.git('checkout', '-qB', 'work');
  repo.commit({ 'work.txt': 'work\n' });
  repo.git('checkout', '-q', 'main');
  repo.commit({ [ci]: 'on: schedule\n' });
  repo.hosts();
  repo.git('checkout', '-q', 'work');
}

test('what people put there comes along with a merge of the base branch', async () => {
  moveBase();
  repo.git('merge', '-q', '--no-ff', '--no-edit', 'main');
  expect(await repo.judge()).toBeNull();
});

test('a merge that throws away what it merges does not leave, also where the branch was pushed before', async () => {
  moveBase();
  const pushed = repo.git('rev-parse', 'HEAD');
  repo.git('merge', '-q', '--no-ff', '--no-edit', '-s', 'ours', 'main');
  expect(await repo.judge()).toContain(ci);
  expect(await repo.judge({ hosted: [pushed] })).toContain(ci);
});

test('a workflow in a side branch, or in the merge alone, does not leave', async () => {
  repo.git('checkout', '-qB', 'side');
  repo.commit({ [ci]: 'on: side\n' });
  repo.git('checkout', '-q', 'main');
  repo.commit({ 'm.txt': 'm\n' });
  repo.git('merge', '-q', '--no-ff', '--no-edit', 'side');
  expect(await repo.judge()).toContain(ci);
  repo.git('reset', '-q', '--hard', begin);
  repo.git('checkout', '-qB', 'side');
  repo.commit({ 's.txt': 's\n' });
  repo.git('checkout', '-q', 'main');
  repo.commit({ 'm.txt': 'm\n' });
  repo.git('merge', '-q', '--no-ff', '--no-commit', 'side');
  repo.commit({ [ci]: 'on: merge\n' }, 'merge');
  expect(await repo.judge()).toContain(ci);
});

test('what somebody else pushed to the branch may change workflows, and work goes on from there', async () => {
  const theirs = repo.commit({ [ci]: 'on: theirs\n' });
  repo.git('commit', '-q', '--amend', '--no-edit', '--author=Bo <bo@example.com>');
  const pushed = repo.git('rev-parse', 'HEAD');
  repo.commit({ 'more.txt': 'more\n' });
  expect(await repo.judge({ hosted: [theirs] })).not.toBeNull();
  expect(await repo.judge({ hosted: [pushed] })).toBeNull();
});
