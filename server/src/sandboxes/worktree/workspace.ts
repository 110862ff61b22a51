import type { ChangedFile, Result } from '@deckhand/shared';
import type { Signature } from '../../sessions/store/meta.ts';
import type { Hands } from '../hands.ts';
import {
  changedFilesOf,
  type EditOutcome,
  editOutcomeOf,
  shasOf,
  type TreeFacts,
  treeFactsOf,
} from '../untrusted/answers.ts';
import { runScript, scriptRun } from './script.ts';

/** Where the repository lies inside a sandbox. */
export const repoDir = '/work/repo';
/** Of the list of changed files; what is beyond is not told. */
const mostListBytes = 1024 * 1024;

/** Commits that the agent makes by itself carry the prompting user too. */
export async function setAuthor(hands: Hands, author: Signature): Promise<Result> {
  const done = await runScript(hands, 'set-author', [author.name, author.email]);
  // A full disk must not keep the agent from making room; our own commits name their author themselves.
  return done.ok || done.code === 'disk_full' ? { ok: true } : done;
}

/** Commits all of the work tree in the author's name. Answers what the sandbox says is HEAD. */
export async function commitWork(
  hands: Hands,
  commit: { message: string; author: Signature; branch: string },
): Promise<Result<{ head: string }>> {
  const { message, author, branch } = commit;
  const done = await runScript(hands, 'commit-work', [message, author.name, author.email, branch]);
  if (!done.ok) return done;
  const said = shasOf(done.stdout, 1);
  return said.ok ? { ok: true, head: said.shas[0] ?? '' } : said;
}

/** One file's new content as a commit of its author; why not, where that would lose something. */
export async function commitFile(
  hands: Hands,
  edit: { message: string; author: Signature; branch: string; path: string; id: string; content: string },
): Promise<Result<{ came: EditOutcome }>> {
  const { message, author, branch, path, id, content } = edit;
  const args = [message, author.name, author.email, branch, path, id];
  const done = await runScript(hands, 'commit-file', args, content);
  return done.ok ? editOutcomeOf(done.stdout) : done;
}

/** Takes commits that must not leave back into the work tree, all that it holds kept. */
export const uncommit = (hands: Hands, downTo: string): Promise<Result> =>
  runScript(hands, 'uncommit', [downTo]);

/** Tracked and untracked work as a commit of its own. What the sandbox says of it: ids, of which nothing is verified yet. */
export async function saveWork(hands: Hands): Promise<Result<{ sha: string; head: string; base: string }>> {
  const done = await runScript(hands, 'save-work', []);
  if (!done.ok) return done;
  const said = shasOf(done.stdout, 3);
  if (!said.ok) return said;
  const [sha = '', head = '', base = ''] = said.shas;
  return { ok: true, sha, head, base };
}

/** What stands in the way of committing the work tree, or would be lost. */
export async function lookAtTree(hands: Hands): Promise<Result<{ facts: TreeFacts }>> {
  const done = await runScript(hands, 'look-tree', []);
  return done.ok ? { ok: true, facts: treeFactsOf(done.stdout) } : done;
}

/** What differs from the base, committed or not, untracked files among it; bounded. */
export async function changedFiles(hands: Hands): Promise<Result<{ files: ChangedFile[] }>> {
  const done = await runScript(hands, 'changed-files', [String(mostListBytes)]);
  return done.ok ? { ok: true, files: changedFilesOf(done.stdout) } : done;
}

/** The saved work as a bundle that needs only the base commit. Bytes of the sandbox's choice, without bound or end. */
export const savedBundle = (hands: Hands) => {
  const { argv, options } = scriptRun('saved-bundle', []);
  return hands.get({ argv, ...options });
};
