import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

/** The bare repositories behind the emulated GitHub, as GitHub itself uses git. */
export function bareRepository(folder: string, fullName: string) {
  const dir = join(folder, `${fullName}.git`);
  const who = ['-c', 'user.name=GitHub', '-c', 'user.email=noreply@github.com'];
  type Given = { input?: string | Buffer; index?: string; env?: Record<string, string> };
  const run = (args: string[], { input = '', index, env }: Given = {}) =>
    execFileSync('git', ['-C', dir, ...who, ...args], {
      encoding: 'utf8',
      input,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env, ...(index ? { GIT_INDEX_FILE: index } : {}) },
    }).trim();
  const git = (...args: string[]) => run(args);
  const shaOf = (branch: string): string | null => {
    try {
      return git('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`);
    } catch {
      return null;
    }
  };
  const merged = (base: string, head: string): { tree: string; conflicts: boolean } => {
    try {
      return { tree: git('merge-tree', '--write-tree', base, head).split('\n')[0] ?? '', conflicts: false };
    } catch {
      return { tree: '', conflicts: true };
    }
  };
  return {
    run,
    git,
    shaOf,
    conflicts: (base: string, head: string) => merged(base, head).conflicts,
    commitsBetween: (base: string, head: string) => Number(git('rev-list', '--count', `${base}..${head}`)),
    /** Somebody commits a file to a branch, from elsewhere. Answers the commit. */
    commitFile(branch: string, { path, text, by }: { path: string; text: string; by: string }): string {
      const index = join(dir, `index-${crypto.randomUUID()}`);
      const before = shaOf(branch) ?? '';
      run(['read-tree', before], { index });
      const blob = run(['hash-object', '-w', '--stdin'], { input: text });
      run(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], { index });
      const tree = run(['write-tree'], { index });
      const author = ['-c', `user.name=${by}`, '-c', `user.email=${by}@example.test`];
      const sha = run([...author, 'commit-tree', tree, '-p', before, '-m', `Change ${path}`]);
      git('update-ref', `refs/heads/${branch}`, sha);
      rmSync(index);
      return sha;
    },
    /** Merges a branch into another as GitHub's button does. Answers the commit that it made. */
    merge(
      into: string,
      head: string,
      { method, message }: { method: 'merge' | 'squash'; message: string },
    ): string {
      const base = shaOf(into) ?? '';
      const { tree } = merged(base, head);
      const parents = method === 'merge' ? ['-p', base, '-p', head] : ['-p', base];
      const sha = git('commit-tree', tree, ...parents, '-m', message);
      git('update-ref', `refs/heads/${into}`, sha);
      return sha;
    },
  };
}
export type BareRepository = ReturnType<typeof bareRepository>;
