import { type Author, type ChangedFile, type Failure, failure, type Result } from '@deckhand/shared';
import type { Mirror } from '../repos/mirror.ts';
import type { Hands } from './hands.ts';

/** Where the repository lies inside a sandbox. */
export const repoDir = '/work/repo';
const inBundle = '/work/.deckhand-in.bundle';

const gitTimeoutMs = 5 * 60_000;

/** What a fresh sandbox is to hold. */
export type Checkout = {
  branch: string;
  /** The commit of the base branch that the work stands on. */
  baseSha: string;
  /** Saved work of the session, restored as it was: commits, edits and untracked files. */
  refSha: string | null;
  author: Author;
};

/**
 * `$1` bundle, `$2` branch, `$3` base commit, `$4` saved work or empty. The saved commit's parent is the HEAD that
 * the session had; what the saved commit adds to it comes back as uncommitted work.
 */
const checkoutScript = `
set -e
rm -rf "${repoDir}" && mkdir -p "${repoDir}" && cd "${repoDir}"
git init --quiet -b deckhand-empty
git fetch --quiet "$1" 'refs/*:refs/deckhand-in/*'
if [ -n "$4" ]; then
  if git log -1 --format=%s "$4" | grep -qx 'deckhand: saved work'; then head="$4^"; else head="$4"; fi
  git checkout --quiet -B "$2" "$head"
  git read-tree -u --reset "$4"
  git reset --quiet --mixed "$head"
else
  git checkout --quiet -B "$2" "$3"
fi
git for-each-ref --format='delete %(refname)' refs/deckhand-in | git update-ref --stdin
git update-ref refs/deckhand/base "$3"
rm -f "$1"
`;

/** Puts the repository into a sandbox. Nothing of the remote or its credentials goes along. */
export async function checkOut(hands: Hands, mirror: Mirror, checkout: Checkout): Promise<Result> {
  const wanted = checkout.refSha ?? checkout.baseSha;
  const ref = `refs/deckhand-out/${wanted}`;
  const named = await mirror.git(['update-ref', ref, wanted]);
  if (!named.ok) return failure('repo_unreachable', `The mirror has no commit ${wanted}: ${named.stderr}`);
  const bundle = mirror.bundle([ref]);
  const put = await hands.put(inBundle, bundle.stream);
  await bundle.done;
  if (!put.ok) return toFailure(put);
  const args = [inBundle, checkout.branch, checkout.baseSha, checkout.refSha ?? ''];
  const made = await shell(hands, checkoutScript, args);
  if (!made.ok) return made;
  return setAuthor(hands, checkout.author);
}

const authorScript = `
cd "${repoDir}"
[ "$(git config user.name)" = "$1" ] || git config user.name "$1" || exit 1
[ "$(git config user.email)" = "$2" ] || git config user.email "$2"
`;

/** Commits that the agent makes by itself carry the prompting user too. */
export async function setAuthor(hands: Hands, author: Author): Promise<Result> {
  const done = await shell(hands, authorScript, [author.name, emailOf(author)]);
  // A full disk must not keep the agent from making room; our own commits name their author themselves.
  return done.ok || done.code === 'disk_full' ? { ok: true } : done;
}

/** Makes a warm sandbox the session's: its branch, its author. Answers the base that it was made from. */
export async function takeBranch(
  hands: Hands,
  use: { branch: string; author: Author },
): Promise<Result<{ baseSha: string }>> {
  const script = `cd ${repoDir} && git checkout --quiet -B "$1" && git rev-parse refs/deckhand/base`;
  const done = await shell(hands, script, [use.branch]);
  if (!done.ok) return done;
  const set = await setAuthor(hands, use.author);
  return set.ok ? { ok: true, baseSha: done.stdout.trim() } : set;
}

/** An address that belongs to nobody else; identity of real people is a later concern of the host. */
export const emailOf = (author: Author) =>
  `${author.userId.replaceAll(/[^\w.-]/g, '-')}@users.deckhand.invalid`;

/** `$1` message, `$2` turn id, `$3` and `$4` author. The trailer finds a commit that was made before a crash. */
const commitScript = `
set -e
cd "${repoDir}"
export GIT_AUTHOR_NAME="$3" GIT_AUTHOR_EMAIL="$4" GIT_COMMITTER_NAME="$3" GIT_COMMITTER_EMAIL="$4"
if ! git log --format='%(trailers:key=Deckhand-Turn,valueonly)' refs/deckhand/base..HEAD | grep -qx "$2"; then
  git add -A
  git diff --cached --quiet || git commit --quiet --no-verify -F - <<END
$1
END
fi
git rev-parse HEAD
`;

/** Commits all of the work tree in the author's name, once per turn. Answers HEAD. */
export async function commitWork(
  hands: Hands,
  commit: { message: string; turnId: string; author: Author },
): Promise<Result<{ head: string }>> {
  const done = await shell(hands, commitScript, [
    commit.message,
    commit.turnId,
    commit.author.name,
    emailOf(commit.author),
  ]);
  return done.ok ? { ok: true, head: done.stdout.trim() } : done;
}

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
echo "$sha" "$head"
`;

export async function saveWork(hands: Hands): Promise<Result<{ sha: string; head: string }>> {
  const done = await shell(hands, saveScript, []);
  if (!done.ok) return done;
  const [sha = '', head = ''] = done.stdout.trim().split(' ');
  return { ok: true, sha, head };
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

async function shell(hands: Hands, script: string, args: string[]): Promise<Result<{ stdout: string }>> {
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
