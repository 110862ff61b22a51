import { type JournalOutcome, ToolName } from '@deckhand/sandbox/protocol';
import { type CommandEnd, DeckhandError, limits } from '@deckhand/shared';
import { Coalescer } from '../agent/coalescer.ts';
import { type Call, type CallResult, notRun, type ToolPorts } from '../agent/tools/tool.ts';
import { orAbort } from '../platform/orAbort.ts';
import type { Repos } from '../repos/repos.ts';
import type { SessionSandbox } from '../sandboxes/acquire/sessionSandbox.ts';
import type { Check } from '../sandboxes/environments/checks.ts';
import { checksAt } from '../sandboxes/environments/readEnvironment.ts';
import type { CallOutcome } from '../sandboxes/hands.ts';
import type { StepWriter } from '../sessions/run/stepWriter.ts';
import { FenceLost } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';
import { EditChecks } from './checks.ts';
import type { TaskTree } from './tasks/taskTree.ts';
import type { TurnControl } from './turnControl.ts';

export type SandboxPortDeps = {
  writer: StepWriter;
  sandbox: SessionSandbox;
  control: TurnControl;
  run: Run;
  repos: Pick<Repos, 'mirror'>;
  /** Of a task that has a work tree of its own; the repository's checks are of the other. */
  tree?: TaskTree | null;
};

/**
 * Runs calls in the session's sandbox, at most once each: sent again after a crash, the journal in there knows them.
 * Throws where no sandbox can be had, and to let go of the turn.
 */
export function sandboxPort(deps: SandboxPortDeps): ToolPorts['sandbox'] {
  const checks = new EditChecks(async () => (deps.tree ? [] : checksOf(deps)));
  return { run: call => runInSandbox({ ...deps, checks }, call) };
}

/** Those of the commit that the session's work stands on: an edit of the file that names them changes none. */
async function checksOf({ writer, repos }: SandboxPortDeps): Promise<Check[]> {
  const { repo, baseSha } = await writer.meta();
  return repo && baseSha ? checksAt(repos.mirror(repo), baseSha) : [];
}

async function runInSandbox(deps: SandboxPortDeps & { checks: EditChecks }, call: Call): Promise<CallResult> {
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
    const entered = await deps.tree?.enter(opened.hands, call);
    if (entered && !entered.ok) return notRun('No copy of the repository', entered.message);
    const { tool, input } = entered?.call ?? call;
    const request = { callId: call.callId, tool: ToolName.parse(tool), input };
    const calling = opened.hands.call(request, {
      onOutput: chunk => frames.push(shown.push(chunk.text)),
      signal: control.interrupt,
    });
    const outcome = await orAbort(Promise.race([calling, unanswered(control)]), control.abandon);
    const result = outcome ? await toResult(deps, call, outcome) : null;
    if (!result) return notRun('Stopped; the sandbox did not answer');
    const checked = deps.checks.after(call, result, {
      hands: opened.hands,
      pending: run.pending,
      isReady: deps.sandbox.isReady,
      signal: control.interrupt,
      onOutput: text => frames.push(shown.push(text)),
    });
    // A stop ends them in there; one that cannot be reached must not hold it up.
    const told = await orAbort(
      Promise.race([checked, unanswered(control).then(() => result)]),
      control.abandon,
    );
    const before = entered?.told ? `${entered.told}\n` : '';
    return { ...told, summary: mask.text(told.summary), output: `${before}${mask.text(told.output)}` };
  } finally {
    frames.push(shown.end());
    await frames.flush();
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

async function toResult(deps: SandboxPortDeps, call: Call, outcome: CallOutcome): Promise<CallResult> {
  switch (outcome.status) {
    case 'finished':
      return finishedResult(call, outcome);
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

type Finished = JournalOutcome & { status: 'finished' };

const finishedResult = (call: Call, outcome: Finished): CallResult => ({
  ok: outcome.ok,
  summary: outcome.summary,
  output: outcome.output,
  truncated: outcome.truncated,
  durationMs: Math.round(outcome.durationMs),
  ...(call.tool === 'read' && outcome.shown ? { shown: outcome.shown } : {}),
  ...(call.tool === 'bash' && outcome.failure !== 'bad_input' && !outcome.background
    ? { ended: commandEnd(outcome) }
    : {}),
});

function commandEnd({ exitCode, signal, failure }: Finished): CommandEnd {
  const why = failure === 'failed' || failure === 'bad_input' ? undefined : failure;
  if (exitCode === undefined) return { why: why ?? 'not_started' };
  return { exitCode, ...(signal ? { signal } : {}), ...(why ? { why } : {}) };
}
