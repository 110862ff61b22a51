import type { ChangePort, Told } from '../agent/tools/tool.ts';
import type { ChangeTools } from '../changes/tools.ts';
import type { Delivered } from '../delivery/types.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';

export type ChangePortDeps = {
  writer: TurnWriter;
  changes: ChangeTools;
  run: Run;
  /** Commits, pushes and opens what there is so far. */
  deliverNow: () => Promise<Delivered>;
};

/**
 * The session's change, for tools. Doing anything again after a crash changes nothing: what is open is found, what was
 * said is known by its mark.
 */
export function changePort(deps: ChangePortDeps): ChangePort {
  const { writer, changes } = deps;
  return {
    open: words => told(openChange(deps, words)),
    update: async words => told(changes.update(await writer.meta(), words)),
    reviews: async () => told(changes.reviews(await writer.meta())),
    checks: async name => told(changes.checks(await writer.meta(), name)),
    comment: async remark => told(changes.comment(await writer.meta(), remark)),
  };
}

/** What GitHub refuses is an answer for the model. */
async function told(answer: Promise<Told>): Promise<Told> {
  try {
    return await answer;
  } catch (error) {
    const { status, message = '' } = error as { status?: number; message?: string };
    if (typeof status !== 'number') throw error;
    return { ok: false, text: `GitHub answered ${status}: ${message.split('\n')[0]}` };
  }
}

async function openChange(
  { writer, changes, run, deliverNow }: ChangePortDeps,
  words: { title: string; body: string; draft: boolean },
): Promise<Told> {
  const { attempt, branchState: known } = await writer.meta();
  if (attempt)
    return {
      ok: false,
      text: 'Not pushed. This is one of several attempts: its work stays here until somebody takes it.',
    };
  const before = known?.changeId;
  run.words = words;
  await writer.note(run);
  const delivered = await deliverNow();
  if (delivered.ok && delivered.halted) return { ok: false, text: 'Not pushed: the turn was cut short.' };
  if (!delivered.ok) return { ok: false, text: delivered.message };
  if (delivered.withheld) return { ok: false, text: `Not pushed. ${delivered.withheld}` };
  if (delivered.refusal) return { ok: false, text: `Not pushed. ${delivered.refusal}` };
  const meta = await writer.meta();
  const { branchState } = meta;
  // It was open already: it gets these words now.
  if (before !== undefined && before === branchState?.changeId && changes.opensPulls(meta.repo))
    return changes.update(meta, words);
  return branchState?.pushedSha
    ? { ok: true, text: `Pushed to ${branchState.name}. People see the change.` }
    : { ok: false, text: 'There is nothing to open yet: no file differs from the base branch.' };
}
