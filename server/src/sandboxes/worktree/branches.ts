import type { Result } from '@deckhand/shared';
import type { Mirror } from '../../repos/mirror.ts';
import type { Hands } from '../hands.ts';
import { type TakenIn, takenInOf } from '../untrusted/answers.ts';
import { send } from './checkout.ts';
import { fillLfs } from './fillLfs.ts';
import { fillSubmodules } from './fillSubmodules.ts';
import { runScript, type ScriptName } from './script.ts';

/** After a merge: work goes on from the newest commit of the base branch, edits that are in no commit kept. */
export async function goOnwards(
  hands: Hands,
  mirror: Mirror,
  onwards: { branch: string; from: string; base: string },
): Promise<Result<{ taken: TakenIn }>> {
  const { branch, from, base } = onwards;
  const sent = await send(hands, mirror, { sha: base, has: from });
  const gone = await run(hands, 'go-onwards', sent, [branch, base]);
  if (gone.ok && gone.taken !== 'nothing') {
    await fillSubmodules(hands, mirror, base);
    await fillLfs(hands, mirror, base);
  }
  return gone;
}

/** What somebody else pushed to the branch, merged. On a conflict it lies under `refs/deckhand/theirs`, to be merged. */
export async function takeTheirs(
  hands: Hands,
  mirror: Mirror,
  take: { theirs: string; has: string; author: { name: string; email: string } },
): Promise<Result<{ taken: TakenIn }>> {
  const { theirs, has, author } = take;
  const sent = await send(hands, mirror, { sha: theirs, has });
  const taken = await run(hands, 'take-theirs', sent, [theirs, author.name, author.email]);
  if (taken.ok && taken.taken === 'taken') await fillLfs(hands, mirror, theirs);
  return taken;
}

/** The newest base branch under `refs/deckhand/upstream`, for whoever is to merge it. */
export async function bringUpstream(
  hands: Hands,
  mirror: Mirror,
  { base, has }: { base: string; has: string },
): Promise<Result<{ taken: TakenIn }>> {
  return run(hands, 'bring-upstream', await send(hands, mirror, { sha: base, has }), [base]);
}

/** Commits that were made anew on the server, of the same tree, take the place of those in the sandbox. */
export async function adoptHead(
  hands: Hands,
  mirror: Mirror,
  { from, to }: { from: string; to: string },
): Promise<Result<{ taken: TakenIn }>> {
  return run(hands, 'adopt-head', await send(hands, mirror, { sha: to, has: from }), [from, to]);
}

async function run(
  hands: Hands,
  script: ScriptName,
  sent: Result<{ pack: string }>,
  args: string[],
): Promise<Result<{ taken: TakenIn }>> {
  if (!sent.ok) return sent;
  const done = await runScript(hands, script, [sent.pack, ...args]);
  return done.ok ? takenInOf(done.stdout) : done;
}
