import { type JournalOutcome, ToolName } from '@deckhand/sandbox/protocol';
import { DeckhandError, limits } from '@deckhand/shared';
import { Coalescer } from '../agent/coalescer.ts';
import { type Call, type CallResult, notRun, type ToolPorts } from '../agent/tools/tool.ts';
import { orAbort } from '../platform/orAbort.ts';
import type { SessionSandbox } from '../sandboxes/acquire/sessionSandbox.ts';
import type { CallOutcome } from '../sandboxes/hands.ts';
import { FenceLost, type TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';
import type { TurnControl } from './turnControl.ts';

export type SandboxPortDeps = {
  writer: TurnWriter;
  sandbox: SessionSandbox;
  control: TurnControl;
  run: Run;
};

/**
 * Runs calls in the session's sandbox, at most once each: sent again after a crash, the journal in there knows them.
 * Throws where no sandbox can be had, and to let go of the turn.
 */
export const sandboxPort = (deps: SandboxPortDeps): ToolPorts['sandbox'] => ({
  run: call => runInSandbox(deps, call),
});

async function runInSandbox(deps: SandboxPortDeps, call: Call): Promise<CallResult> {
  const { control, writer, run } = deps;
  const opened = await openSandbox(deps, call.tool);
  if (opened === 'interrupted') return notRun('Stopped before it started');
  if (!opened.ok) {
    if (opened.code === 'sandbox_lost') return notRun('The sandbox was lost before it started');
    throw new DeckhandError(opened.code, opened.message);
  }
  if (!run.touched) {
    run.touched = true;
    await writer.note(run);
  }
  const frames = new Coalescer(piece => writer.frame(piece), {
    kind: 'tool',
    id: call.callId,
    turnId: run.turnId,
    attempt: writer.fence,
    maxChars: limits.toolOutputBytes,
  });
  const mask = await deps.sandbox.mask();
  const shown = mask.stream();
  try {
    const request = { callId: call.callId, tool: ToolName.parse(call.tool), input: call.input };
    const calling = opened.hands.call(request, {
      onOutput: chunk => frames.push(shown.push(chunk.text)),
      signal: control.interrupt,
    });
    const outcome = await orAbort(Promise.race([calling, unanswered(control)]), control.abandon);
    const result = outcome ? await toResult(deps, outcome) : null;
    if (!result) return notRun('Stopped; the sandbox did not answer');
    return { ...result, summary: mask.text(result.summary), output: mask.text(result.output) };
  } finally {
    frames.push(shown.end());
    await frames.end();
  }
}

/** A sandbox kills what is stopped within a second; one that cannot be reached must not hold up a stop. */
const stopPatienceMs = 3_000;

/** Resolves when a stop was given in vain. */
function unanswered({ interrupt }: TurnControl): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const wait = () => setTimeout(() => resolve(null), stopPatienceMs).unref();
  if (interrupt.aborted) wait();
  else interrupt.addEventListener('abort', wait, { once: true });
  return promise;
}

/**
 * Waits for the sandbox. A stop cuts the wait short, but not where this turn already ran tools: a worker before us
 * may have started the call, and then it must be killed in there.
 */
async function openSandbox(deps: SandboxPortDeps, tool: string) {
  const { control, sandbox, run } = deps;
  const open = async () => {
    const opened = await sandbox.hands();
    // A stop ends the waiting; what a worker before us started is killed in there.
    if (opened.ok) await orAbort(sandbox.ready(tool), control.interrupt).catch(() => {});
    return opened;
  };
  if (run.touched) return orAbort(open(), control.abandon);
  try {
    return await orAbort(open(), AbortSignal.any([control.interrupt, control.abandon]));
  } catch (error) {
    if (control.abandon.aborted || !control.interrupt.aborted) throw error;
    return 'interrupted';
  }
}

async function toResult(deps: SandboxPortDeps, outcome: CallOutcome): Promise<CallResult> {
  switch (outcome.status) {
    case 'finished':
      return finishedResult(outcome);
    case 'unknown':
      return notRun(
        'Outcome unknown',
        `unknown: ${outcome.reason} It may or may not have run; check before you do it again.`,
      );
    case 'lost':
      if (outcome.code === 'superseded' || outcome.code === 'closed') throw new FenceLost(outcome.message);
      await lookForSandbox(deps);
      return notRun(
        'Outcome unknown: the sandbox was lost',
        `unknown: ${outcome.message} The sandbox was lost while this ran.`,
      );
  }
}

/** Only looking shows whether the tree went back with it; the model must know before it says its next word. */
async function lookForSandbox({ control, sandbox }: SandboxPortDeps): Promise<void> {
  sandbox.forget();
  try {
    await orAbort(sandbox.hands(), AbortSignal.any([control.interrupt, control.abandon]));
  } catch (error) {
    if (control.abandon.aborted || !control.interrupt.aborted) throw error;
  }
}

const finishedResult = (outcome: JournalOutcome & { status: 'finished' }): CallResult => ({
  ok: outcome.ok,
  summary: outcome.summary,
  output: outcome.output,
  truncated: outcome.truncated,
  durationMs: Math.round(outcome.durationMs),
});
