import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LineShare } from '@deckhand/shared';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RepoCatalog } from '../repos/catalog.ts';
import { localHost } from '../repos/local.ts';
import { Repos } from '../repos/repos.ts';
import { type ChangeFact, noFacts } from './facts.ts';
import { FactsFile } from './factsFile.ts';
import { LineShares } from './lineShares.ts';

let dir: string;
let file: FactsFile;
let shares: LineShares;
let nowMs: number;
const minuteMs = 60_000;
const quiet = { warn() {} } as never;

const git = (...args: string[]) =>
  execFileSync('git', ['-C', join(dir, 'shop'), '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    encoding: 'utf8',
  }).trim();
function commit(text: string, message: string): string {
  appendFileSync(join(dir, 'shop', 'a.txt'), text);
  git('add', '-A');
  git('commit', '-qm', message);
  return git('rev-parse', 'HEAD');
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'deckhand-shares-'));
  mkdirSync(join(dir, 'shop'));
  git('init', '-q', '-b', 'main');
  commit('one\ntwo\nthree\n', 'By hand');
  const reposFile = join(dir, 'repos.json');
  const repos = [
    { id: 'shop', url: join(dir, 'shop') },
    { id: 'gone', url: join(dir, 'gone') },
  ];
  writeFileSync(reposFile, JSON.stringify({ repos }));
  const catalog = new RepoCatalog(reposFile, 'github.test', () => {});
  await catalog.start();
  await catalog.close();
  file = new FactsFile(join(dir, 'stats.sqlite'));
  nowMs = Date.parse('2026-03-01T00:00:00.000Z');
  shares = new LineShares({
    repos: new Repos(catalog, { local: localHost(() => ''), github: null }, join(dir, 'mirrors')),
    file,
    clock: () => nowMs,
    log: quiet,
  });
});
afterEach(async () => {
  await shares.close();
  file.close();
  rmSync(dir, { recursive: true, force: true });
});

async function counted(repo: string): Promise<LineShare | null> {
  for (;;) {
    const share = shares.of(repo);
    if (share?.state !== 'counting') return share;
    await sleep(20);
  }
}

test('a repository is counted behind, kept for ten minutes, and counted anew where something is new', async () => {
  expect(shares.of('shop')).toEqual({ repo: 'shop', state: 'counting', counted: null });
  expect(await counted('shop')).toMatchObject({ state: 'counted', counted: { share: 0, lines: 3 } });

  // A squash keeps no commit of the branch: the session's log names it.
  const squash = commit('four\n', 'Squashed (#1)');
  const change = { changeId: 'chg_1', mergeSha: squash } as ChangeFact;
  file.put({ ...noFacts('ses_1'), repo: 'shop', changes: [change] });
  expect((await counted('shop'))?.counted?.lines).toBe(3);
  // The mirror's own clock is the machine's: what it fetched a minute ago counts as new.
  nowMs += 11 * minuteMs;
  const realNow = Date.now;
  Date.now = () => realNow() + 11 * minuteMs;
  try {
    shares.of('shop');
    expect(await counted('shop')).toMatchObject({
      counted: { commit: squash, lines: 4, deckhandLines: 1, share: 0.25, at: '2026-03-01T00:11:00.000Z' },
    });
    nowMs += 11 * minuteMs;
    shares.of('shop');
    // Nothing is new: what was counted stands.
    expect((await counted('shop'))?.counted?.at).toBe('2026-03-01T00:11:00.000Z');
  } finally {
    Date.now = realNow;
  }
});

test('what cannot be counted says so and is tried again later; what nobody knows has no share', async () => {
  expect(await counted('gone')).toEqual({ repo: 'gone', state: 'failed', counted: null });
  expect(shares.of('nowhere')).toBeNull();
  mkdirSync(join(dir, 'gone'));
  execFileSync('git', ['clone', '-q', '--bare', join(dir, 'shop'), join(dir, 'gone')]);
  nowMs += 11 * minuteMs;
  shares.of('gone');
  expect(await counted('gone')).toMatchObject({ state: 'counted', counted: { lines: 3 } });
});
