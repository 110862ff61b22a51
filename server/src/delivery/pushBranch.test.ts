import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { localHost } from '../repos/local.ts';
import { Mirror } from '../repos/mirror.ts';
import { pushBranch } from './pushBranch.ts';

const root = mkdtempSync(join(tmpdir(), 'deckhand-push-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd,
    encoding: 'utf8',
  }).trim();

test('a push of a server that was killed and the one after it bring the same commit: both are through', async () => {
  const url = join(root, 'origin.git');
  git(root, 'init', '-q', '--bare', '-b', 'main', url);
  const work = join(root, 'work');
  git(root, 'init', '-q', '-b', 'main', work);
  git(work, 'commit', '-q', '--allow-empty', '-m', 'first');
  git(work, 'push', '-q', url, 'main');
  const repo = { id: 'x', url, description: '', aliases: [], channels: [], pages: [] };
  const open = () =>
    new Mirror(
      repo,
      join(root, 'x.git'),
      localHost(() => ''),
    );
  const mirror = open();
  expect(await mirror.fetch()).toEqual({ ok: true });
  let expected: string | null = null;
  for (let round = 0; round < 8; round += 1) {
    git(work, 'commit', '-q', '--allow-empty', '-m', `round ${round}`);
    const head = git(work, 'rev-parse', 'HEAD');
    git(work, 'push', '-q', mirror.dir, `HEAD:refs/deckhand/ses_${round}`);
    const push = () =>
      pushBranch(open(), { branch: 'deckhand/work', head, expected, signal: new AbortController().signal });
    expect(await Promise.all([push(), push(), push()])).toEqual(Array(3).fill({ ok: true }));
    expected = head;
  }
  expect(git(url, 'rev-parse', 'refs/heads/deckhand/work')).toBe(expected);
});
