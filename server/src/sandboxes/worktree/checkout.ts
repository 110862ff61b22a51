import { failure, type Result } from '@deckhand/shared';
import type { Mirror } from '../../repos/mirror.ts';
import type { Signature } from '../../sessions/store/meta.ts';
import type { Hands } from '../hands.ts';
import { repoDir, setAuthor, shell, toFailure } from './workspace.ts';

const inBundle = '/work/.deckhand-in.bundle';
/** There while a newer lock file has not been installed; outlives a crash and a sleep. */
const installMark = '/work/.deckhand-install';
/** There while the work tree moves to a newer base. */
const syncMark = '/work/.deckhand-syncing';

/** What a sandbox is to hold. */
export type Checkout = {
  branch: string;
  /** The commit of the base branch that the work stands on. */
  baseSha: string;
  /** Saved work of the session, restored as it was: commits, edits and untracked files. */
  refSha: string | null;
  author: Signature;
  /** The commit that lies there already, with what git ignores: that stays. Empty where absent. */
  has?: string | undefined;
};

/**
 * `$1` bundle or empty, `$2` branch, `$3` base commit, `$4` saved work or empty, `$5` what is there already or empty.
 * The saved commit's parent is the HEAD that the session had; what the saved commit adds to it comes back as
 * uncommitted work.
 */
const checkoutScript = `
set -e
[ -n "$5" ] || rm -rf "${repoDir}"
mkdir -p "${repoDir}" && cd "${repoDir}"
[ -n "$5" ] || git init --quiet -b deckhand-empty
rm -f .git/index.lock
[ -z "$1" ] || git fetch --quiet "$1" 'refs/*:refs/deckhand-in/*'
if [ -n "$4" ]; then
  if git log -1 --format=%s "$4" | grep -qx 'deckhand: saved work'; then head="$4^"; else head="$4"; fi
  git checkout --quiet -f -B "$2" "$head"
  git read-tree -u --reset "$4"
  git reset --quiet --mixed "$head"
else
  git checkout --quiet -f -B "$2" "$3"
fi
git for-each-ref --format='delete %(refname)' refs/deckhand-in | git update-ref --stdin
git update-ref refs/deckhand/base "$3"
[ -z "$1" ] || rm -f "$1"
`;

/** Puts the repository into a sandbox. Nothing of the remote or its credentials goes along. */
export async function checkOut(hands: Hands, mirror: Mirror, checkout: Checkout): Promise<Result> {
  const { branch, baseSha, refSha, author, has } = checkout;
  const sent = await send(hands, mirror, { sha: refSha ?? baseSha, has });
  if (!sent.ok) return sent;
  const made = await shell(hands, checkoutScript, [sent.bundle, branch, baseSha, refSha ?? '', has ?? '']);
  return made.ok ? setAuthor(hands, author) : made;
}

/** Brings a commit in, under `refs/deckhand-in/`, without what is there already. Answers the path of its bundle, empty where nothing is missing. */
export async function send(
  hands: Hands,
  mirror: Mirror,
  { sha, has }: { sha: string; has?: string | undefined },
): Promise<Result<{ bundle: string }>> {
  if (sha === has) return { ok: true, bundle: '' };
  const ref = `refs/deckhand-out/${sha}`;
  const named = await mirror.git(['update-ref', ref, sha]);
  if (!named.ok) return failure('repo_unreachable', `The mirror has no commit ${sha}: ${named.stderr}`);
  const known = has ? await mirror.resolve(has) : null;
  // What stands at or before the commit that is there is there too, and a bundle of nothing git refuses.
  if (known && (await mirror.isAncestor(sha, known))) return { ok: true, bundle: '' };
  const bundle = mirror.bundle(known ? [ref, `^${known}`] : [ref]);
  const put = await hands.put(inBundle, bundle.stream);
  await bundle.done;
  return put.ok ? { ok: true, bundle: inBundle } : toFailure(put);
}

/**
 * `$1` branch. As `checkout -B` does where HEAD stays, but without a look at every file of the work tree. Answers the
 * base.
 */
const takeScript = `
cd "${repoDir}" && git update-ref "refs/heads/$1" HEAD && git symbolic-ref HEAD "refs/heads/$1" &&
git rev-parse refs/deckhand/base
`;

/** Makes a warm sandbox the session's: its branch, its author. Answers the base that it was made from. */
export async function takeBranch(
  hands: Hands,
  use: { branch: string; author: Signature },
): Promise<Result<{ baseSha: string }>> {
  const [taken, set] = await Promise.all([
    shell(hands, takeScript, [use.branch]),
    setAuthor(hands, use.author),
  ]);
  if (!taken.ok) return taken;
  return set.ok ? { ok: true, baseSha: taken.stdout.trim() } : set;
}

/**
 * `$1` bundle or empty, `$2` branch, `$3` new base, then lock files. Notes a lock file that changes before it does: a
 * crash in between installs once too often, never too seldom.
 */
const syncScript = `
set -e
bundle=$1 branch=$2 base=$3
shift 3
cd "${repoDir}"
[ -z "$bundle" ] || git fetch --quiet "$bundle" 'refs/*:refs/deckhand-in/*'
[ "$(git rev-parse HEAD)" = "$(git rev-parse refs/deckhand/base)" ] || { echo 'somebody committed there already' >&2; exit 1; }
[ $# -eq 0 ] || git diff --quiet HEAD "$base" -- "$@" || touch ${installMark}
touch ${syncMark}
git checkout --quiet -B "$branch" "$base"
git for-each-ref --format='delete %(refname)' refs/deckhand-in | git update-ref --stdin
git update-ref refs/deckhand/base "$base"
rm -f ${syncMark}
[ -z "$bundle" ] || rm -f "$bundle"
`;

/** A checkout that a crash cut short is taken back whole. Nobody wrote there: writing waits for its end. */
const repairScript = `
set -e
[ -e ${syncMark} ] || exit 0
cd "${repoDir}"
rm -f .git/index.lock
git checkout --quiet -f HEAD
git clean -ffdq
rm -f ${syncMark}
`;

export const repairSync = (hands: Hands): Promise<Result> => shell(hands, repairScript, []);

/** Moves a sandbox in which nobody worked yet on to a newer base. */
export async function syncTo(
  hands: Hands,
  mirror: Mirror,
  sync: { branch: string; from: string; to: string; lockFiles: string[] },
): Promise<Result> {
  const sent = await send(hands, mirror, { sha: sync.to, has: sync.from });
  if (!sent.ok) return sent;
  return shell(hands, syncScript, [sent.bundle, sync.branch, sync.to, ...sync.lockFiles]);
}

/** Whether a newer lock file waits for its install. */
export async function wantsInstall(hands: Hands): Promise<boolean> {
  const found = await hands.run(['test', '-e', installMark]);
  return found.ok && found.code === 0;
}

export async function installed(hands: Hands): Promise<void> {
  await hands.run(['rm', '-f', installMark]);
}

/** The base commit of the repository in there, or null where none is whole: that ref is written last. */
export async function checkedOutBase(hands: Hands): Promise<string | null> {
  const found = await hands.run([
    'git',
    '-C',
    repoDir,
    'rev-parse',
    '--verify',
    '--quiet',
    'refs/deckhand/base',
  ]);
  return found.ok && found.code === 0 ? found.stdout.toString('utf8').trim() : null;
}
