import { createHash } from 'node:crypto';
import { outputOf, readObjects, records, whole } from '../../platform/gitObjects.ts';
import { outsideOfLfs } from './lfs.ts';
import type { Push } from './newCommits.ts';
import { gitlinksIn } from './submodules.ts';
import { gitlinkMode, isGone, type TreeChange } from './treeChanges.ts';

/**
 * What is hardly ever meant to be in a commit. The agent is asked once; what it leaves in then is taken for meant,
 * except where `final`.
 */
export type Remark = { id: string; text: string; final?: true };

const MiB = 1024 * 1024;
/** Of one file, and of all new ones together, before somebody is asked. */
const largeBytes = 5 * MiB;
const largeTogetherBytes = 25 * MiB;
const mostNewFiles = 1_000;
const shown = 10;
/** Only in small files: nobody resolves a conflict in others. */
const markBytes = MiB;

/** Made by tools, or fetched by them from elsewhere: found again from what stands in the repository. */
const madeByTools =
  /(^|\/)(node_modules|\.venv|venv|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.tox|\.gradle|\.next|\.nuxt|\.turbo|bower_components|\.terraform)\/|(^|\/)(\.DS_Store|Thumbs\.db)$|\.py[co]$/;

/** Files of what would leave that nobody is likely to want there. */
export async function unwantedIn(push: Push, changes: readonly TreeChange[]): Promise<Remark[]> {
  const there = changes.filter(({ after }) => !isGone(after));
  const bytes = await sizesOf(push, there);
  const sizeOf = ({ after }: TreeChange) => bytes.get(after.sha) ?? 0;
  const withSize = (change: TreeChange) => `${change.path} (${mib(sizeOf(change))})`;
  const isMade = ({ before, path }: TreeChange) => before.every(isGone) && madeByTools.test(path);
  const made = there.filter(isMade);
  const own = there.filter(change => !isMade(change));
  // What is in the head: dates of commits, which say what is newest, are anybody's choice.
  const standing = await standingIn(push, own);
  const fresh = standing.filter(({ before }) => before.every(isGone));
  // Also what a later commit took out again: it is in the history that would be sent.
  const large = own.filter(change => sizeOf(change) > largeBytes);
  const together = fresh.reduce((sum, change) => sum + sizeOf(change), 0);
  const marked = await conflictsIn(push, standing, sizeOf);
  const raw = await outsideOfLfs(push, standing, sizeOf);
  const { inner, submodules } = await gitlinksIn(push, standing);
  return [
    ...remark(
      'inner',
      inner,
      say =>
        `repositories inside the repository, of which nothing but a commit id would be kept: ${say()}. Remove the .git folder in there, or leave them out`,
      'final',
    ),
    ...remark(
      'submodules',
      submodules,
      say =>
        `other commits of the submodules ${say()}. Only which commit they stand at leaves from here, not what was changed inside: it must be on their own remote already`,
    ),
    ...remark(
      'generated',
      made,
      say => `files that tools make or fetch: ${say()}. Take them out, and have git ignore them`,
    ),
    ...remark('large', large, say => `large files: ${say(withSize)}`),
    ...remark(
      'together',
      large.length === 0 && together > largeTogetherBytes ? fresh : [],
      say => `${mib(together)} of new files: ${say(withSize)}`,
    ),
    ...remark('many', fresh.length > mostNewFiles ? fresh : [], say => `${fresh.length} new files: ${say()}`),
    ...remark('marks', marked, say => `conflict markers (<<<<<<< and >>>>>>>) in ${say()}. Resolve them`),
    ...remark(
      'lfs',
      raw,
      say =>
        `files that this repository keeps in Git LFS, committed whole instead of as pointers: ${say()}. Leave them as they are now, and the commit to Deckhand, which makes pointers of them; or take the change to them back`,
      'final',
    ),
  ];
}

/** Those that made what stands in the head, one of each path. */
async function standingIn(
  { dir, head, signal }: Push,
  changes: readonly TreeChange[],
): Promise<TreeChange[]> {
  const made = new Map(changes.map(change => [`${change.after.sha} ${change.path}`, change]));
  const standing: TreeChange[] = [];
  for await (const record of records(outputOf(dir, ['ls-tree', '-r', '-z', head], { signal }), '\0')) {
    const tab = record.indexOf('\t');
    const sha = record.slice(0, tab).split(' ')[2] ?? '';
    const change = made.get(`${sha} ${record.slice(tab + 1)}`);
    if (change) standing.push(change);
  }
  return standing;
}

/** Its id is of these very contents: other ones are remarked on anew. */
function remark(
  kind: string,
  changes: readonly TreeChange[],
  text: (say: (name?: (change: TreeChange) => string) => string) => string,
  final?: 'final',
): Remark[] {
  if (changes.length === 0) return [];
  const say = (name = ({ path }: TreeChange) => path) => {
    const names = [...new Set(changes.map(name))];
    const more = names.length > shown ? ` and ${names.length - shown} more` : '';
    return names.slice(0, shown).join(', ') + more;
  };
  const content = changes.map(({ path, after }) => `${path}\0${after.sha}\0`).toSorted();
  const id = `${kind} ${createHash('sha256').update(content.join('')).digest('hex').slice(0, 16)}`;
  return [{ id, text: text(say), ...(final ? { final: true } : {}) }];
}

async function sizesOf({ dir, signal }: Push, changes: readonly TreeChange[]): Promise<Map<string, number>> {
  const shas = new Set(
    changes.filter(({ after }) => after.mode !== gitlinkMode).map(({ after }) => after.sha),
  );
  const input = shas.values().map(sha => `${sha}\n`);
  const sizes = new Map<string, number>();
  for await (const line of records(outputOf(dir, ['cat-file', '--batch-check'], { signal, input }), '\n')) {
    const [sha = '', , size] = line.split(' ');
    sizes.set(sha, Number(size));
  }
  return sizes;
}

async function conflictsIn(
  { dir, signal }: Push,
  changes: readonly TreeChange[],
  sizeOf: (change: TreeChange) => number,
): Promise<TreeChange[]> {
  const small = changes.filter(change => change.after.mode !== gitlinkMode && sizeOf(change) <= markBytes);
  const marked = new Set<string>();
  for await (const object of readObjects(dir, new Set(small.map(({ after }) => after.sha)), signal)) {
    const text = (await whole(object, markBytes)).toString('latin1');
    if (/^<{7} /m.test(text) && /^={7}\r?$/m.test(text) && /^>{7} /m.test(text)) marked.add(object.sha);
  }
  return small.filter(({ after }) => marked.has(after.sha));
}

const mib = (bytes: number) => `${(bytes / MiB).toFixed(1)} MiB`;
