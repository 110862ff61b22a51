import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Task } from './task.ts';

const run = promisify(execFile);

/** Nothing of this machine's configuration is in what a task is. */
const env = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ines',
  GIT_AUTHOR_EMAIL: 'ines@example.test',
  GIT_AUTHOR_DATE: '2026-03-02T09:00:00Z',
  GIT_COMMITTER_NAME: 'Ines',
  GIT_COMMITTER_EMAIL: 'ines@example.test',
  GIT_COMMITTER_DATE: '2026-03-02T09:00:00Z',
};

/** The bare repository of a task, to be cloned by a server. */
export type TaskRepo = {
  id: string;
  url: string;
  /** Writes the tree of a branch (of `main` where null) into a folder that is made. */
  checkOut(branch: string | null, dir: string): Promise<void>;
  remove(): Promise<void>;
};

export async function makeTaskRepo(task: Task): Promise<TaskRepo> {
  const dir = await mkdtemp(join(tmpdir(), `deckhand-eval-${task.name}-`));
  const clone = join(dir, 'clone');
  const url = join(dir, `${task.name}.git`);
  const git = (...args: string[]) => run('git', ['-C', clone, ...args], { env });
  await cp(join(task.dir, 'repo'), clone, { recursive: true });
  await git('init', '--quiet', '-b', 'main');
  await git('add', '-A');
  await git('commit', '--quiet', '-m', 'What there is');
  const setup = join(task.dir, 'setup.sh');
  if (existsSync(setup)) await run('bash', [setup], { cwd: clone, env });
  await run('git', ['clone', '--quiet', '--bare', clone, url], { env });
  return {
    id: task.name,
    url,
    async checkOut(branch, into) {
      await mkdir(into, { recursive: true });
      const ref = `refs/heads/${branch ?? 'main'}`;
      const tar = join(dir, `${crypto.randomUUID()}.tar`);
      await run('git', ['-C', url, 'archive', '--format=tar', '-o', tar, ref], { env });
      await run('tar', ['-x', '-f', tar, '-C', into]);
      await rm(tar);
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Puts what solves a task into a tree of it: files over those there are, then its script where it has one. */
export async function solve(task: Task, tree: string): Promise<void> {
  const oracle = join(task.dir, 'oracle');
  await cp(oracle, tree, { recursive: true, filter: source => !isApart.test(source) });
  const script = join(oracle, 'solve.sh');
  if (existsSync(script)) await run('bash', [script], { cwd: tree, env });
}

/** Of the oracle, what is no file of the tree. */
const isApart = /\/oracle\/(solve\.sh|turns\.json)$/;
