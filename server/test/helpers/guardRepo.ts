import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Result } from '@deckhand/shared';
import { afterAll } from '@jest/globals';
import { type GuardLimits, guardLimits } from '../../src/delivery/guard/limits.ts';
import { SecretScanner } from '../../src/delivery/guard/secretScanner.ts';
import { type Judgement, refusalOf } from '../../src/delivery/pushGuard.ts';
import { localHost } from '../../src/repos/local.ts';
import { Mirror } from '../../src/repos/mirror.ts';

/** Written in two parts, so that no scanner takes this file for the leak. */
export const githubToken = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO2tJqwz'].join('_');
export const ana = { name: 'Ana', email: 'ana@example.com' };

export type Judging = {
  branch?: string;
  head?: string;
  hosted?: string[];
  workflows?: boolean;
  limits?: Partial<GuardLimits>;
  remarked?: string[];
};

/** Its workers take longer to start than most judgements: one for all tests of a file. */
const scanner = new SecretScanner();
afterAll(() => scanner.close());

/** A repository whose host has what `hosts()` was called on, and a guard for what would be pushed from it. */
export function openGuardRepo() {
  const dir = mkdtempSync(join(tmpdir(), 'deckhand-guard-'));
  const run = (args: string[], options: { input?: string; env?: Record<string, string> } = {}) =>
    execFileSync(
      'git',
      ['-C', dir, '-c', `user.name=${ana.name}`, '-c', `user.email=${ana.email}`, ...args],
      {
        encoding: 'utf8',
        maxBuffer: 256 * 1024 * 1024,
        env: { ...process.env, GIT_DIR: join(dir, '.git'), GIT_WORK_TREE: dir, ...options.env },
        stdio: ['pipe', 'pipe', 'pipe'],
        ...(options.input === undefined ? {} : { input: options.input }),
      },
    ).trim();
  const git = (...args: string[]) => run(args);
  git('init', '-q', '-b', 'main');
  // As a mirror is.
  git('config', 'core.bare', 'true');
  const path = (name: string) => {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    return join(dir, name);
  };
  const repo = {
    dir,
    git,
    run,
    write: (name: string, text: string | Buffer) => writeFileSync(path(name), text),
    link: (name: string, target: string) => symlinkSync(target, path(name)),
    chmod: (name: string, mode: number) => chmodSync(path(name), mode),
    remove: (name: string) => rmSync(path(name), { recursive: true }),
    commit(files: Record<string, string | Buffer> = {}, message = 'x') {
      for (const [name, text] of Object.entries(files)) repo.write(name, text);
      git('add', '-A');
      git('commit', '-q', '--allow-empty', '-m', message);
      return git('rev-parse', 'HEAD');
    },
    /** The host has this branch at HEAD now. */
    hosts(branch = 'main') {
      git('update-ref', `refs/remotes/origin/${branch}`, 'HEAD');
      return git('rev-parse', 'HEAD');
    },
    /** Why the head may not leave, or null. */
    async judge(more: Judging = {}) {
      const judged = await repo.judgement(more);
      return judged.ok ? judged.refusal : judged.message;
    },
    async judgement(more: Judging = {}): Promise<Result<Judgement>> {
      const mirror = new Mirror(
        { id: 'x', url: dir, description: '', aliases: [], channels: [], pages: [], baseBranch: 'main' },
        join(dir, '.git'),
        localHost(() => ''),
      );
      const rules = { workflows: more.workflows ?? false, limits: { ...guardLimits, ...more.limits } };
      return refusalOf(
        { mirror, rules, scanner },
        {
          branch: more.branch ?? 'deckhand/ses_a-1',
          head: more.head ?? git('rev-parse', 'HEAD'),
          hosted: more.hosted ?? [],
          people: [ana],
          ...(more.remarked ? { remarked: more.remarked } : {}),
        },
        AbortSignal.timeout(60_000),
      );
    },
    close() {
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return repo;
}
