import type { Result } from '@deckhand/shared';
import type { Mirror } from '../../repos/mirror.ts';
import type { Hands } from '../hands.ts';
import { send } from './checkout.ts';
import { repoDir, shell } from './workspace.ts';

/** What others did to a session's branch, brought into its sandbox. */
export type TakenIn = 'nothing' | 'taken' | 'conflict';

/** What these scripts share: edits that are in no commit are put aside and come back, also after a crash in between. */
const aside = `
set -e
cd "${repoDir}"
[ -z "$bundle" ] || git fetch --quiet "$bundle" 'refs/*:refs/deckhand-in/*'
drop() {
  git for-each-ref --format='delete %(refname)' refs/deckhand-in | git update-ref --stdin
  [ -z "$bundle" ] || rm -f "$bundle"
}
put_aside() {
  [ -z "$(git status --porcelain)" ] || git stash push --quiet --include-untracked -m deckhand-aside
}
take_back() {
  git stash list | grep -q deckhand-aside || return 0
  git stash pop --quiet && return 0
  # Both sides changed the same lines: the marks stay in the files, for whoever works there to see.
  git reset --quiet; git stash drop --quiet
  return 1
}
`;

/** `$1` bundle or empty, `$2` new branch, `$3` newest base. */
const onwardScript = `
bundle=$1 branch=$2 base=$3
${aside}
if [ "$(git symbolic-ref --short HEAD)" = "$branch" ]; then
  take_back || { drop; echo conflict; exit 0; }
  drop; echo nothing; exit 0
fi
put_aside
git checkout --quiet -B "$branch" "$base"
git update-ref refs/deckhand/base "$base"
drop
take_back && echo taken || echo conflict
`;

/** After a merge: work goes on from the newest commit of the base branch, edits that are in no commit kept. */
export async function goOnwards(
  hands: Hands,
  mirror: Mirror,
  onwards: { branch: string; from: string; base: string },
): Promise<Result<{ taken: TakenIn }>> {
  const { branch, from, base } = onwards;
  return run(hands, onwardScript, await send(hands, mirror, { sha: base, has: from }), [branch, base]);
}

/** `$1` bundle or empty, `$2` their commit, `$3` and `$4` who merges. */
const theirsScript = `
bundle=$1 theirs=$2
export GIT_AUTHOR_NAME="$3" GIT_AUTHOR_EMAIL="$4" GIT_COMMITTER_NAME="$3" GIT_COMMITTER_EMAIL="$4"
${aside}
git update-ref refs/deckhand/theirs "$theirs"
drop
if git merge-base --is-ancestor "$theirs" HEAD; then take_back && echo nothing || echo conflict; exit 0; fi
put_aside
if git merge --quiet --no-edit -m "Merge what was pushed to this branch" "$theirs" >/dev/null 2>&1; then
  take_back && echo taken || echo conflict
else
  git merge --abort; take_back; echo conflict
fi
`;

/** What somebody else pushed to the branch, merged. On a conflict it lies under `refs/deckhand/theirs`, to be merged. */
export async function takeTheirs(
  hands: Hands,
  mirror: Mirror,
  take: { theirs: string; has: string; author: { name: string; email: string } },
): Promise<Result<{ taken: TakenIn }>> {
  const { theirs, has, author } = take;
  const sent = await send(hands, mirror, { sha: theirs, has });
  return run(hands, theirsScript, sent, [theirs, author.name, author.email]);
}

/** `$1` bundle or empty, `$2` newest commit of the base branch. */
const upstreamScript = `
bundle=$1 base=$2
${aside}
git update-ref refs/deckhand/upstream "$base"
drop
echo taken
`;

/** The newest base branch under `refs/deckhand/upstream`, for whoever is to merge it. */
export async function bringUpstream(
  hands: Hands,
  mirror: Mirror,
  { base, has }: { base: string; has: string },
): Promise<Result<{ taken: TakenIn }>> {
  return run(hands, upstreamScript, await send(hands, mirror, { sha: base, has }), [base]);
}

/** `$1` bundle or empty, `$2` the head that is there, `$3` the one with the same tree that takes its place. */
const adoptScript = `
bundle=$1 from=$2 to=$3
${aside}
[ "$(git rev-parse HEAD)" != "$from" ] || git reset --quiet --soft "$to"
drop
echo taken
`;

/** Commits that were made anew on the server, of the same tree, take the place of those in the sandbox. */
export async function adoptHead(
  hands: Hands,
  mirror: Mirror,
  { from, to }: { from: string; to: string },
): Promise<Result<{ taken: TakenIn }>> {
  return run(hands, adoptScript, await send(hands, mirror, { sha: to, has: from }), [from, to]);
}

async function run(
  hands: Hands,
  script: string,
  sent: Result<{ bundle: string }>,
  args: string[],
): Promise<Result<{ taken: TakenIn }>> {
  if (!sent.ok) return sent;
  const done = await shell(hands, script, [sent.bundle, ...args]);
  return done.ok ? { ok: true, taken: done.stdout.trim() as TakenIn } : done;
}
