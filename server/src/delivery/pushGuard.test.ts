import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { localHost } from '../repos/local.ts';
import { Mirror } from '../repos/mirror.ts';
import { refusalOf } from './pushGuard.ts';

/** Written in two parts, so that no scanner takes this file for the leak. */
const githubToken = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO2tJqwz'].join('_');
let dir: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-C', dir, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    encoding: 'utf8',
  }).trim();
const commit = (files: Record<string, string>) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  git('add', '-A');
  git('commit', '-qm', 'x');
  return git('rev-parse', 'HEAD');
};
const judge = async (base: string, more: { branch?: string; workflows?: boolean } = {}) => {
  const mirror = new Mirror(
    { id: 'x', url: dir, description: '', aliases: [], channels: [], pages: [] },
    join(dir, '.git'),
    localHost(() => ''),
  );
  const judged = await refusalOf(mirror, {
    branch: more.branch ?? 'deckhand/ses_a-1',
    base,
    head: git('rev-parse', 'HEAD'),
    rules: { workflows: more.workflows ?? false },
  });
  return judged.ok ? judged.refusal : judged.message;
};
let base: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'deckhand-guard-'));
  git('init', '-q');
  base = commit({ 'old.txt': `was there before: ${githubToken}\n` });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('ordinary work goes out', async () => {
  commit({ 'a.ts': 'export const a = 1;\n', 'path with spaces/ä.txt': 'text\n' });
  expect(await judge(base)).toBeNull();
});

test('a secret is named by file and line, never by its value; one that was there before hinders nobody', async () => {
  commit({ 'deep/config.ts': `const a = 1;\nconst b = 2;\nconst key = '${githubToken}';\n` });
  const refusal = await judge(base);
  expect(refusal).toContain('deep/config.ts:3');
  expect(refusal).not.toContain(githubToken);
});

test('a secret that a later commit takes out is still in what would be pushed', async () => {
  commit({ 'config.ts': `const key = '${githubToken}';\n` });
  commit({ 'config.ts': 'const key = process.env.KEY;\n' });
  expect(await judge(base)).toContain('config.ts:1');
});

test('workflows only where that is allowed, and only branches of ours', async () => {
  commit({ '.github/workflows/ci.yml': 'on: push\n' });
  expect(await judge(base)).toContain('.github/workflows/ci.yml');
  expect(await judge(base, { workflows: true })).toBeNull();
  expect(await judge(base, { workflows: true, branch: 'main' })).toContain('main is none');
});
