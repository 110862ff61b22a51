import { type ChangedFile, failure, type Result } from '@deckhand/shared';
import { isSha } from '../../platform/git.ts';
import { changedFilesOf } from './answers.ts';

const mostPaths = 50;
const mostPathChars = 400;

/** What a task changed. */
export type TaskCommit = { sha: string; files: ChangedFile[] };
/** What came of merging it. `busy`: somebody wrote there meanwhile. */
export type TaskMerge = { kind: 'merged' | 'nothing' | 'busy' } | { kind: 'conflict'; paths: string[] };

const notOurs = () =>
  failure('sandbox_lost', 'Something in the sandbox answers in the place of git. Nothing of it was taken.');

/** Of task-tree.sh: `there` or `made`, and a commit. */
export function taskTreeOf(text: string): Result<{ made: boolean }> {
  const [word = '', sha] = text.trim().split(' ');
  return ['there', 'made'].includes(word) && isSha(sha ?? '')
    ? { ok: true, made: word === 'made' }
    : notOurs();
}

/** Of task-commit.sh: a commit, then `git diff --numstat -z`; nothing where nothing differs. */
export function taskCommitOf(text: string): Result<{ commit: TaskCommit | null }> {
  if (text === '') return { ok: true, commit: null };
  const end = text.indexOf('\0');
  const sha = text.slice(0, Math.max(0, end));
  if (!isSha(sha)) return notOurs();
  return { ok: true, commit: { sha, files: changedFilesOf(text.slice(end + 1)) } };
}

/** Of task-merge.sh: a word, and the paths that conflict, each ended by NUL. */
export function taskMergeOf(text: string): Result<{ merge: TaskMerge }> {
  const [word, ...rest] = text.split('\0');
  if (word === 'merged' || word === 'nothing' || word === 'busy') return { ok: true, merge: { kind: word } };
  if (word !== 'conflict') return notOurs();
  const paths = rest
    .filter(path => path !== '')
    .slice(0, mostPaths)
    .map(path => path.replaceAll(/\p{Cc}/gu, '?').slice(0, mostPathChars));
  return { ok: true, merge: { kind: 'conflict', paths } };
}
