import type { JournalOutcome } from '@deckhand/sandbox/protocol';
import { ToolName } from '@deckhand/sandbox/protocol';
import { DeckhandError, limits } from '@deckhand/shared';
import type { ToolResultPart } from 'ai';
import { AskInput, toolCatalog } from '../agent/tools/catalog.ts';
import type { CallOutcome } from '../sandboxes/hands.ts';
import type { SessionSandbox } from '../sandboxes/sessionSandbox.ts';
import type { PendingCall, Run } from '../sessions/meta.ts';
import { agentActor, FenceLost, type TurnWriter } from '../sessions/turnWriter.ts';
import { Coalescer } from './coalescer.ts';
import { orAbort, type TurnControl } from './turnControl.ts';

/** What became of a call, for the log and for the model. */
export type CallResult = {
  ok: boolean;
  summary: string;
  output: string;
  truncated: boolean;
  durationMs: number;
};

export type KeepOutput = (call: PendingCall, sandbox: SessionSandbox) => Promise<string | undefined>;

export type DispatchDeps = {
  writer: TurnWriter;
  sandbox: SessionSandbox;
  control: TurnControl;
  /** Stores the whole of an output that the result shows only the ends of; answers the artifact's id. */
  keepOutput: KeepOutput;
};

/**
 * Runs the calls of the last response and commits each result as it comes. Calls that only read run side by side,
 * the others one after the other in the order that the model asked for them. Sending a call again after a crash is
 * safe: the journal in the sandbox knows it by its id.
 */
export async function dispatch(deps: DispatchDeps, run: Run): Promise<void> {
  for (const group of groups(run.pending)) {
    // All of a group are over before an error of one is told: nothing may commit behind the turn's end.
    const results = await Promise.allSettled(group.map(call => runCall(deps, run, call)));
    const failed = results.find(result => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

/** A question comes last: what was asked for beside it is done before the turn ends. */
function groups(pending: PendingCall[]): PendingCall[][] {
  const calls = pending.toSorted((a, b) => Number(a.tool === 'ask') - Number(b.tool === 'ask'));
  const result: PendingCall[][] = [];
  let readers: PendingCall[] | null = null;
  for (const call of calls) {
    if (!toolCatalog[call.tool]?.readOnly) {
      readers = null;
      result.push([call]);
    } else if (readers) readers.push(call);
    else {
      readers = [call];
      result.push(readers);
    }
  }
  return result;
}

/** Commits a result for each pending call without running any. */
export async function refusePending(deps: DispatchDeps, run: Run, reason: string): Promise<void> {
  for (const call of run.pending) await commitResult(deps, run, { call, result: notRun(reason) });
}

async function runCall(deps: DispatchDeps, run: Run, call: PendingCall): Promise<void> {
  const result = await perform(deps, run, call);
  const artifactId = result.truncated ? await deps.keepOutput(call, deps.sandbox) : undefined;
  await commitResult(deps, run, { call, result, artifactId });
}

async function commitResult(
  deps: DispatchDeps,
  run: Run,
  { call, result, artifactId }: { call: PendingCall; result: CallResult; artifactId?: string | undefined },
): Promise<void> {
  run.pending = run.pending.filter(other => other.callId !== call.callId);
  await deps.writer.advance(run, {
    events: [
      {
        type: 'tool.finished',
        actor: agentActor,
        data: { callId: call.callId, ...result, ...(artifactId ? { artifactId } : {}) },
      },
    ],
    messages: [{ role: 'tool', content: [toolResult(call, result)] }],
  });
}

const toolResult = (call: PendingCall, result: CallResult): ToolResultPart => ({
  type: 'tool-result',
  toolCallId: call.modelCallId,
  toolName: call.tool,
  output: {
    type: result.ok ? 'text' : 'error-text',
    value: result.output === '' ? result.summary : result.output,
  },
});

const notRun = (summary: string, output = summary): CallResult => ({
  ok: false,
  summary,
  output,
  truncated: false,
  durationMs: 0,
});

async function perform(deps: DispatchDeps, run: Run, call: PendingCall): Promise<CallResult> {
  if (call.invalid) return notRun('Arguments were not valid', call.invalid);
  if (call.tool === 'ask') {
    const { question, choices } = AskInput.parse(call.input);
    run.ending ??= { outcome: 'asked', question, choices };
    return { ...notRun('Asked', `Asked: ${question}\nThe answer comes with the next prompt.`), ok: true };
  }
  const { control, writer } = deps;
  const opened = await openSandbox(deps, run);
  if (opened === 'interrupted') return notRun('Stopped before it started');
  if (!opened.ok) {
    if (opened.code === 'sandbox_lost') return notRun('The sandbox was lost before it started');
    throw new DeckhandError(opened.code, opened.message);
  }
  if (!run.touched) {
    run.touched = true;
    await writer.note(run);
  }
  const frames = new Coalescer(writer, {
    kind: 'tool',
    id: call.callId,
    turnId: run.turnId,
    attempt: writer.fence,
    maxChars: limits.toolOutputBytes,
  });
  try {
    const request = { callId: call.callId, tool: ToolName.parse(call.tool), input: call.input };
    const calling = opened.hands.call(request, {
      onOutput: chunk => frames.push(chunk.text),
      signal: control.interrupt,
    });
    const outcome = await orAbort(Promise.race([calling, unanswered(control)]), control.abandon);
    return outcome ? await toResult(deps, outcome) : notRun('Stopped; the sandbox did not answer');
  } finally {
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
async function openSandbox(deps: DispatchDeps, run: Run) {
  const { control, sandbox } = deps;
  if (run.touched) return orAbort(sandbox.hands(), control.abandon);
  try {
    return await orAbort(sandbox.hands(), AbortSignal.any([control.interrupt, control.abandon]));
  } catch (error) {
    if (control.abandon.aborted || !control.interrupt.aborted) throw error;
    return 'interrupted';
  }
}

async function toResult(deps: DispatchDeps, outcome: CallOutcome): Promise<CallResult> {
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
async function lookForSandbox({ control, sandbox }: DispatchDeps): Promise<void> {
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
