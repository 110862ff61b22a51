import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A bare repository that people push to, and a clone from which the test does. */
export type TestRepo = {
  id: string;
  /** Path of the bare repository: its url. */
  url: string;
  /** repos.json that names it alone. */
  reposFile: string;
  /** Writes files (null removes one), commits and pushes. Answers the commit. */
  push(files: Record<string, string | null>, message?: string): Promise<string>;
  git(...args: string[]): Promise<string>;
  remove(): Promise<void>;
};

export async function createRepo(id: string, files: Record<string, string>): Promise<TestRepo> {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-repo-'));
  const url = join(dir, `${id}.git`);
  const clone = join(dir, 'clone');
  const reposFile = join(dir, 'repos.json');
  const git = async (cwd: string, ...args: string[]) => {
    const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.test'];
    const { stdout } = await run('git', ['-C', cwd, ...who, ...args]);
    return stdout.trim();
  };
  await run('git', ['init', '--quiet', '--bare', '-b', 'main', url]);
  await run('git', ['clone', '--quiet', url, clone]);
  await git(clone, 'checkout', '-q', '-B', 'main');
  await writeFile(reposFile, JSON.stringify({ repos: [{ id, url }] }));
  const repo: TestRepo = {
    id,
    url,
    reposFile,
    async push(changes, message = 'Change') {
      for (const [path, text] of Object.entries(changes)) {
        const place = join(clone, path);
        await mkdir(dirname(place), { recursive: true });
        if (text === null) await rm(place);
        else await writeFile(place, text);
      }
      await git(clone, 'add', '-A');
      await git(clone, 'commit', '-qm', message);
      await git(clone, 'push', '-q', 'origin', 'main');
      return git(clone, 'rev-parse', 'HEAD');
    },
    git: (...args) => git(url, ...args),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
  await repo.push(files, 'First');
  return repo;
}
