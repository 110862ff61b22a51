import type { Outcome, Result } from '@deckhand/shared';
import type { Delivered, Delivery } from '../delivery/types.ts';
import { orAbort } from '../platform/orAbort.ts';
import type { SessionSandbox } from '../sandboxes/acquire/sessionSandbox.ts';
import { systemActor, type TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';
import { cutShort, type End } from './ends.ts';
import { Interrupted, type TurnControl } from './turnControl.ts';

/** A turn whose work leaves its sandbox. */
export type Working = {
  writer: TurnWriter;
  run: Run;
  control: TurnControl;
  sandbox: SessionSandbox;
  delivery: Delivery;
};

/** How often in a turn the agent is told why its work may not leave. */
const mostRefusals = 2;

/**
 * Brings the work out of the sandbox; a turn whose work cannot be kept did not end well. Null: what was done may not
 * leave as it is, and the agent is told why, to mend it.
 */
export async function keepWork(turn: Working, end: End): Promise<End | null> {
  const { control, run } = turn;
  const kept = await deliver(turn, end.outcome);
  control.abandon.throwIfAborted();
  if (kept.ok && kept.halted) return halted(turn);
  if (kept.ok && kept.withheld !== undefined) {
    await warn(turn, `Not pushed: ${kept.withheld}`);
    return end;
  }
  if (kept.ok && kept.refusal === undefined) return end;
  const message = kept.ok ? `Not pushed. ${kept.refusal}` : kept.message;
  if (kept.ok && (run.refusals ?? 0) < mostRefusals && !control.interrupt.aborted) {
    await tellRefusal(turn, message);
    return null;
  }
  if (end.outcome === 'done' || end.outcome === 'asked')
    return { outcome: 'failed', error: { code: kept.ok ? 'bad_request' : kept.code, message } };
  await warn(turn, `The work of this turn could not be kept: ${message}`);
  return end;
}

/** Commits, pushes and opens what there is so far. */
export async function deliver(
  { control, sandbox, delivery, run }: Working,
  outcome: Outcome,
): Promise<Delivered> {
  const opened = await orAbort(sandbox.hands(), control.abandon);
  if (!opened.ok) return opened;
  await orAbort(sandbox.ready('commit'), control.abandon);
  return delivery.deliver(opened.hands, { run, outcome });
}

/** The turn was cut short when all but the push was done. */
async function halted(turn: Working): Promise<End> {
  await warn(turn, 'Not pushed: the turn was cut short. Its work is kept, and leaves with the next turn.');
  const { reason } = turn.control.interrupt;
  return reason instanceof Interrupted ? cutShort(reason, turn.run) : { outcome: 'stopped' };
}

async function tellRefusal({ writer, run }: Working, message: string): Promise<void> {
  run.refusals = (run.refusals ?? 0) + 1;
  delete run.ending;
  const text = `[Deckhand] ${message} Your changes are still in the work tree, in no commit. Mend this, then finish.`;
  await writer.advance(run, {
    events: [warning(message)],
    messages: [{ role: 'user', content: text }],
  });
}

const warn = ({ writer }: Working, text: string) => writer.record([warning(text)]);

const warning = (text: string) => ({
  type: 'notice' as const,
  actor: systemActor,
  data: { level: 'warning' as const, text },
});

/** Commits what there is as a change on which others are to stand. Nothing to do where nothing was written. */
export async function cut(
  { control, sandbox, delivery, run }: Working,
  part: { change: string; place: number },
): Promise<Result> {
  if (!run.touched || sandbox.isUnwritten) return { ok: true };
  const opened = await orAbort(sandbox.hands(), control.abandon);
  if (!opened.ok) return opened;
  await orAbort(sandbox.ready('commit'), control.abandon);
  return delivery.cut(opened.hands, { run, ...part });
}
