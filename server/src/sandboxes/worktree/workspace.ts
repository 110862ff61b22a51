import { type ChangedFile, type Failure, failure, type Result } from '@deckhand/shared';
import type { Signature } from '../../sessions/store/meta.ts';
import type { Hands } from '../hands.ts';

/** Where the repository lies inside a sandbox. */
export const repoDir = '/work/repo';
const gitTimeoutMs = 5 * 60_000;

/** `$1` name, `$2` address. Read at once and written only where another: each call of git takes its time. */
const authorScript = `
cd "${repoDir}" || exit 1
wanted=$(printf 'user.email %s\\nuser.name %s' "$2" "$1")
[ "$(git config --local --get-regexp '^user[.](name|email)$' | sort)" = "$wanted" ] && exit 0
git config user.name "$1" && git config user.email "$2"
`;

/** Commits that the agent makes by itself carry the prompting user too. */
export async function setAuthor(hands: Hands, author: Signature): Promise<Result> {
  const done = await shell(hands, authorScript, [author.name, author.email]);
  // A full disk must not keep the agent from making room; our own commits name their author themselves.
  return done.ok || done.code === 'disk_full' ? { ok: true } : done;
}

/** `$1` message, `$2` and `$3` author. Once it is committed nothing is left to commit: doing it again changes nothing. */
const commitScript = `
set -e
cd "${repoDir}"
export GIT_AUTHOR_NAME="$2" GIT_AUTHOR_EMAIL="$3" GIT_COMMITTER_NAME="$2" GIT_COMMITTER_EMAIL="$3"
git add -A
if ! git diff --cached --quiet || [ -e .git/MERGE_HEAD ]; then printf '%s' "$1" | git commit --quiet --no-verify -F -; fi
git rev-parse HEAD
`;

/** Commits all of the work tree in the author's name. Answers HEAD. */
export async function commitWork(
  hands: Hands,
  commit: { message: string; author: Signature },
): Promise<Result<{ head: string }>> {
  const { message, author } = commit;
  const done = await shell(hands, commitScript, [message, author.name, author.email]);
  return done.ok ? { ok: true, head: done.stdout.trim() } : done;
}

/** Takes commits that must not leave back into the work tree, all that it holds kept. */
export const uncommit = (hands: Hands, downTo: string): Promise<Result> =>
  shell(hands, `cd "${repoDir}" && git reset --quiet --soft "$1"`, [downTo]);

/** Tracked and untracked work as a commit of its own, without touching index or branch. Answers its id. */
const saveScript = `
set -e
cd "${repoDir}"
export GIT_INDEX_FILE=/tmp/deckhand-index-$$
cp .git/index "$GIT_INDEX_FILE"
git add -A
tree=$(git write-tree)
head=$(git rev-parse HEAD)
sha="$head"
if [ "$tree" != "$(git rev-parse 'HEAD^{tree}')" ]; then
  sha=$(git commit-tree "$tree" -p "$head" -m 'deckhand: saved work')
fi
git update-ref refs/deckhand/saved "$sha"
rm -f "$GIT_INDEX_FILE"
# Once the base branch is merged in, that is what the work stands on.
upstream=$(git rev-parse --verify --quiet refs/deckhand/upstream || true)
if [ -n "$upstream" ] && git merge-base --is-ancestor "$upstream" HEAD; then
  git update-ref refs/deckhand/base "$upstream"
  git update-ref -d refs/deckhand/upstream
fi
echo "$sha" "$head" "$(git rev-parse refs/deckhand/base)"
`;

export async function saveWork(hands: Hands): Promise<Result<{ sha: string; head: string; base: string }>> {
  const done = await shell(hands, saveScript, []);
  if (!done.ok) return done;
  const [sha = '', head = '', base = ''] = done.stdout.trim().split(' ');
  return { ok: true, sha, head, base };
}

/**
 * New files are only named in an index of its own (`-N`), not added: looking must not copy what may be large into
 * the repository.
 */
const numstatScript = `
cd "${repoDir}" && export GIT_INDEX_FILE=/tmp/deckhand-stat-index-$$ && cp .git/index "$GIT_INDEX_FILE" &&
git add -A -N && git diff --numstat -z --no-renames refs/deckhand/base; rm -f "$GIT_INDEX_FILE"`;

/** What differs from the base, committed or not, untracked files among it. */
export async function changedFiles(hands: Hands): Promise<Result<{ files: ChangedFile[] }>> {
  const done = await shell(hands, numstatScript, []);
  if (!done.ok) return done;
  const files = done.stdout
    .split('\0')
    .filter(Boolean)
    .map(line => {
      const [added, removed, ...path] = line.split('\t');
      // git says "-" for binary files
      return { path: path.join('\t'), added: Number(added) || 0, removed: Number(removed) || 0 };
    });
  return { ok: true, files };
}

/** The saved work as a bundle that needs only the base commit. */
export const savedBundle = (hands: Hands) =>
  hands.get({
    argv: ['git', 'bundle', 'create', '--quiet', '-', 'refs/deckhand/saved', '^refs/deckhand/base'],
    cwd: repoDir,
    timeoutMs: gitTimeoutMs,
  });

/** A script of ours, with git's words where it fails. */
export async function shell(
  hands: Hands,
  script: string,
  args: string[],
): Promise<Result<{ stdout: string }>> {
  const done = await hands.run(['sh', '-c', script, 'deckhand', ...args], {
    cwd: '/work',
    timeoutMs: gitTimeoutMs,
  });
  if (!done.ok) return toFailure(done);
  if (done.code === 0) return { ok: true, stdout: done.stdout.toString('utf8') };
  const said = done.stderr.toString('utf8').trim();
  if (/no space left|failed to write|unable to write/i.test(said))
    return failure(
      'disk_full',
      'The sandbox disk is full. Delete files in it, or raise DECKHAND_SANDBOX_DISK_BYTES.',
    );
  return failure('internal', `git failed in the sandbox: ${said.slice(-500) || `exit code ${done.code}`}`);
}

/** Codes of the channel that the contract does not have all mean that this connection is of no more use. */
export function toFailure(error: { code: string; message: string }): Failure {
  if (error.code === 'superseded' || error.code === 'closed') return failure('sandbox_lost', error.message);
  return failure(error.code as Failure['code'], error.message);
}
