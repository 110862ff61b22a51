import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { git } from '../platform/git.ts';
import { countLines } from './countLines.ts';

let dir: string;
const run = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd: dir,
    encoding: 'utf8',
  }).trim();
const put = (path: string, text: string | Buffer) => writeFileSync(join(dir, path), text);
function commit(message: string): string {
  run('add', '-A');
  run('commit', '-qm', message);
  return run('rev-parse', 'HEAD');
}
const lines = (n: number, word: string) => Array.from({ length: n }, (_, i) => `${word} ${i}\n`).join('');
const trailer = '\n\nDeckhand-Session: ses_abcdef\nDeckhand-Turn: trn_abcdef';

const count = (more: Partial<Parameters<typeof countLines>[0]> = {}) =>
  countLines({
    git: args => git(args, { cwd: dir }),
    commit: run('rev-parse', 'HEAD'),
    mergeShas: [],
    sampleAbove: 100,
    atOnce: 2,
    signal: new AbortController().signal,
    ...more,
  });

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'deckhand-lines-'));
  run('init', '-q', '-b', 'main');
});
afterAll(() => rmSync(dir, { recursive: true }));

test('lines are whose commit wrote them last: by the trailer, or by the commit that a merge made', async () => {
  put('hand.txt', lines(6, 'hand'));
  put('picture.bin', Buffer.from([0, 1, 2, 10, 0]));
  put('empty.txt', '');
  commit('By hand');
  expect(await count()).toEqual({ ok: true, files: 1, filesLookedAt: 1, lines: 6, deckhandLines: 0 });

  put('agent file.txt', lines(4, 'agent'));
  put('hand.txt', lines(6, 'hand').replace('hand 2', 'changed by Deckhand'));
  commit(`Change it${trailer}`);
  put('squashed.txt', `${lines(2, 'squashed')}no newline at the end`);
  const squash = commit('Squashed (#7)');
  // A person moves the agent's file and changes a line of it.
  run('mv', 'agent file.txt', 'moved "über".txt');
  put('moved "über".txt', lines(4, 'agent').replace('agent 0', 'by hand'));
  commit('Move it\n\nThe trailer Deckhand-Session: in the middle of a text\nis none.');

  expect(await count()).toMatchObject({ files: 3, lines: 13, deckhandLines: 1 + 3 });
  expect(await count({ mergeShas: [squash] })).toMatchObject({ lines: 13, deckhandLines: 1 + 3 + 3 });
});

test('more files than stated are sampled, the same ones each time', async () => {
  const sampled = await count({ sampleAbove: 2 });
  expect(sampled).toMatchObject({ ok: true, files: 3, filesLookedAt: 2 });
  expect(await count({ sampleAbove: 2 })).toEqual(sampled);
});

test('a commit that is not there is a failure, and a server that closes does not wait', async () => {
  expect(await count({ commit: 'f'.repeat(40) })).toMatchObject({ ok: false });
  const closing = AbortSignal.abort(new Error('closes'));
  await expect(count({ signal: closing })).rejects.toThrow('closes');
});
