import { type ChangeTool, changeInputs } from '../agent/tools/changeInputs.ts';
import type { ChangesDeps } from '../changes/deps.ts';
import { hostOf } from '../changes/place.ts';
import { commentOn, showChecks, showReviews, type ToolAnswer, updateChange } from '../changes/tools.ts';
import type { Delivered } from '../delivery/types.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import type { PendingCall, Run } from '../sessions/store/meta.ts';

export type ChangeCallDeps = {
  writer: TurnWriter;
  changes: ChangesDeps;
  /** Commits, pushes and opens what there is so far. */
  deliverNow: () => Promise<Delivered>;
};

/**
 * A tool for the session's change. Doing one again after a crash changes nothing: what is open is found, what was said
 * is known by its mark.
 */
export async function changeCall(deps: ChangeCallDeps, run: Run, call: PendingCall): Promise<ToolAnswer> {
  const { writer, changes } = deps;
  const meta = await writer.meta();
  try {
    switch (call.tool as ChangeTool) {
      case 'open_change':
        return await openChange(deps, run, call);
      case 'update_change':
        return await updateChange(changes, meta, changeInputs.update_change.parse(call.input));
      case 'read_reviews':
        return await showReviews(changes, meta);
      case 'read_checks':
        return await showChecks(changes, meta, changeInputs.read_checks.parse(call.input).name);
      case 'comment':
        return await commentOn(changes, meta, {
          callId: call.callId,
          ...changeInputs.comment.parse(call.input),
        });
    }
  } catch (error) {
    const { status, message = '' } = error as { status?: number; message?: string };
    if (typeof status !== 'number') throw error;
    return { ok: false, text: `GitHub answered ${status}: ${message.split('\n')[0]}` };
  }
}

async function openChange(
  { writer, changes, deliverNow }: ChangeCallDeps,
  run: Run,
  call: PendingCall,
): Promise<ToolAnswer> {
  const { title, body, draft = false } = changeInputs.open_change.parse(call.input);
  const before = (await writer.meta()).branchState?.changeId;
  run.words = { title, body, draft };
  await writer.note(run);
  const delivered = await deliverNow();
  if (delivered.ok && delivered.halted) return { ok: false, text: 'Not pushed: the turn was cut short.' };
  if (!delivered.ok) return { ok: false, text: delivered.message };
  if (delivered.refusal) return { ok: false, text: `Not pushed. ${delivered.refusal}` };
  const meta = await writer.meta();
  const { branchState } = meta;
  // It was open already: it gets these words now.
  if (before !== undefined && before === branchState?.changeId && hostOf(changes, meta.repo))
    return updateChange(changes, meta, { title, body, draft });
  return branchState?.pushedSha
    ? { ok: true, text: `Pushed to ${branchState.name}. People see the change.` }
    : { ok: false, text: 'There is nothing to open yet: no file differs from the base branch.' };
}
