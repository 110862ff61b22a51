import type { Result } from '@deckhand/shared';
import type { Repos } from '../repos/repos.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { bringUpstream } from '../sandboxes/worktree/branches.ts';
import { giveOrigin } from '../sandboxes/worktree/giveOrigin.ts';
import { tellModel } from '../sessions/run/tellModel.ts';
import { systemActor, type TurnWriter } from '../sessions/run/turnWriter.ts';
import { part } from '../sessions/store/keys.ts';
import type { Meta, Run } from '../sessions/store/meta.ts';

/** What another session or a turn before fetched is new enough; a longer-lived one looks again, behind. */
const lookAgainMs = 60_000;

/**
 * Says to people and to the agent when the base branch was rewritten, or is gone, since the session began; once for
 * each. Of the new one the agent gets what it is to merge or rebase onto. Nobody waits for the remote: what it said
 * last counts, and it is asked again for the next look.
 */
export async function takeInBase(
  { writer, repos }: { writer: TurnWriter; repos: Repos },
  hands: Hands,
  { meta, run }: { meta: Meta; run: Run },
): Promise<Result> {
  const mirror = repos.mirror(meta.repo ?? '');
  const { baseSha, baseTold } = meta;
  void mirror.fetch(lookAgainMs).catch(() => {});
  if (!baseSha) return { ok: true };
  const base = await mirror.knownBase();
  const state = base?.sha ?? 'gone';
  if (state === baseTold || state === baseSha) return { ok: true };
  if (base && (await mirror.isAncestor(baseSha, base.sha))) return { ok: true };
  const tell = (text: string) =>
    tellModel(writer, run, text, {
      events: [{ type: 'notice', actor: systemActor, data: { level: 'warning', text } }],
      ops: [['HSET', part.meta, 'baseTold', state]],
    });
  const stands = `the work stands on ${baseSha.slice(0, 12)}`;
  if (!base) {
    await tell(
      `The base branch${mirror.repo.baseBranch ? ` ${mirror.repo.baseBranch}` : ''} is gone from the remote; ${stands}, which it was at. It goes on there.`,
    );
    return { ok: true };
  }
  const brought = await bringUpstream(hands, mirror, { base: base.sha, has: baseSha });
  if (!brought.ok) return brought;
  const given = await giveOrigin(hands, mirror, { baseSha });
  if (!given.ok) return given;
  await tell(
    `The base branch ${base.branch} was rewritten: ${stands}, which is no part of it any more. Its newest commit is origin/${base.branch}, to be merged or rebased onto where the change is to go into it.`,
  );
  return { ok: true };
}
