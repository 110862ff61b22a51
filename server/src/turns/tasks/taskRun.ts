import { type Artifact, endOf as endOfText, limits, startOf } from '@deckhand/shared';
import { dispatch, refuse } from '../../agent/dispatch.ts';
import { runLoop } from '../../agent/loop.ts';
import type { LoopPorts } from '../../agent/ports.ts';
import { costOf } from '../../agent/prices.ts';
import { runCost } from '../../policy/budgets/runCost.ts';
import type { TaskEnd } from '../../sessions/run/taskRecords.ts';
import type { TaskWriter } from '../../sessions/run/taskWriter.ts';
import { agentActor, FenceLost, systemActor } from '../../sessions/run/turnWriter.ts';
import type { Run } from '../../sessions/store/meta.ts';
import { endOf, overLimit } from '../ends.ts';
import { ParkedTurn } from '../parkedTurn.ts';
import { ParkedForAnswer } from '../policyPort.ts';
import { goesInCircles } from '../repeats.ts';
import { Interrupted } from '../turnControl.ts';
import { bringBack } from './bringBack.ts';
import { openPorts } from './taskPorts.ts';
import type { TaskRunDeps } from './taskTurn.ts';
import { resultChars, stoppedText } from './words.ts';

/**
 * Runs a task from wherever it stands to its end, which is written then. Rejects with ParkedTurn where it waits for
 * somebody, with FenceLost and the abandon reason; then it goes on with whoever takes the turn over.
 */
export async function runTask(deps: TaskRunDeps): Promise<void> {
  const { interrupt, control, slots } = deps;
  const signal = AbortSignal.any([interrupt, control.abandon]);
  const ports = openPorts(deps, signal);
  let release = () => {};
  let isOver = () => {};
  try {
    release = await slots.take(signal);
    isOver = deps.begins();
    await begin(deps, ports);
    if (deps.task.state.run.steps === 0) await deps.siblings.wait(deps.task.state.agent.version, signal);
    do await runLoop(ports, signal);
    while (await deps.settle());
    await end(deps, 'done');
  } catch (error) {
    await endFor(deps, ports, error);
  } finally {
    deps.siblings.isWarm(deps.task.state.agent.version);
    isOver();
    release();
  }
}

async function begin({ task }: TaskRunDeps, { model }: LoopPorts): Promise<void> {
  const { state } = task;
  if (state.task.status === 'running') return;
  state.task.status = 'running';
  const data = { taskId: state.task.id, model: model.agentModel.name };
  await task.advance(state.run, { events: [{ type: 'task.started', actor: systemActor, data }] });
}

async function endFor(deps: TaskRunDeps, ports: LoopPorts, error: unknown): Promise<void> {
  const { task, interrupt, control, park } = deps;
  control.abandon.throwIfAborted();
  if (error instanceof FenceLost) throw error;
  if (error instanceof ParkedTurn && !interrupt.aborted) {
    park(error);
    await blocked(task, error);
    throw error;
  }
  const cause = interrupt.aborted ? interrupt.reason : error;
  if (task.state.run.pending.length > 0) {
    // What runs is killed by the stop and says so.
    if (cause instanceof Interrupted) await dispatch(ports, task.state.run.pending).catch(rethrowLost);
    control.abandon.throwIfAborted();
    await refuse(ports.commit, task.state.run.pending, 'Not run: the task ended before it');
  }
  if (cause instanceof Interrupted) return end(deps, 'cancelled', cause);
  return end(deps, 'failed', cause);
}

function rethrowLost(error: unknown): void {
  if (error instanceof FenceLost) throw error;
}

async function blocked(task: TaskWriter, parked: ParkedTurn): Promise<void> {
  const { state } = task;
  if (!(parked instanceof ParkedForAnswer) || state.task.status === 'blocked') return;
  const { request } = parked;
  // Another of the turn's waits; this one only rests, and says nothing.
  const isOwn = state.run.pending.some(({ callId }) => callId === request.callId);
  if (!isOwn) return;
  state.task.status = 'blocked';
  const { approvalId, text } = request;
  const data = { taskId: state.task.id, why: `approval: ${startOf(text, 300)}`, approvalId };
  await task.advance(state.run, { events: [{ type: 'task.blocked', actor: systemActor, data }] });
}

/** Before anything else is merged: what fails then is this task's. */
async function check({ task, check }: TaskRunDeps): Promise<void> {
  const { state } = task;
  if (state.check === undefined || state.checked) return;
  const callId = `${state.task.id.replace(/^tsk_/, 'cal_')}c`;
  const call = { callId, tool: 'bash', input: { command: state.check } };
  if (!state.checks) {
    state.checks = true;
    await task.advance(state.run, { events: [{ type: 'tool.started', actor: systemActor, data: call }] });
  }
  const { ok, summary, output, truncated, durationMs, ended } = await check({ ...call, modelCallId: callId });
  state.checked = { ok, output: endOfText(output, resultChars) };
  const data = { callId, ok, summary, output, truncated, durationMs, ...(ended ? { ended } : {}) };
  await task.advance(state.run, { events: [{ type: 'tool.finished', actor: systemActor, data }] });
}

/** Brings back what it changed, and writes down what came out. */
async function end(deps: TaskRunDeps, wanted: TaskEnd, cause?: unknown): Promise<void> {
  const { task, deps: turnDeps, sandbox, control, writer, inTurn, run: turnRun } = deps;
  const { state } = task;
  const { run } = state;
  const status = wanted === 'done' && !saidItsLast(run, turnDeps.maxSteps) ? 'failed' : wanted;
  if (status !== 'done') await deps.endInner();
  const brought = await inTurn(async () => {
    const back = await bringBack({ sandbox, abandon: control.abandon }, state, status);
    if (status === 'done' && back.ok) await check(deps);
    return back;
  });
  const said = run.said ?? '';
  const artifacts: Artifact[] = [...brought.artifacts];
  if (said.length > resultChars) {
    const id = await turnDeps.keepText(writer, { name: `${state.task.id}.md`, text: said });
    const about = { id, name: 'the whole result', type: 'document' as const };
    artifacts.push({ ...about, uri: `artifact:${id}`, createdAt: new Date().toISOString() });
  }
  const words = [stoppedText(state), startOf(said, resultChars), brought.words].filter(Boolean).join('\n\n');
  state.task = { ...state.task, status, output: words, artifacts };
  if (!brought.ok) state.unmerged = true;
  const cost = runCost(run, (model, used) => costOf(turnDeps.prices, model, used));
  const costUsd = cost.isWhole ? cost.usd : undefined;
  if (costUsd !== undefined) state.costUsd = costUsd;
  const failed = status === 'failed' ? (endOf(cause, turnRun) ?? limitOf(run, turnDeps.maxSteps)) : null;
  if (status === 'failed') {
    if (failed === null) turnDeps.log.error({ err: cause, sessionId: writer.sessionId }, 'a task failed');
    state.error = failed?.error ?? { code: 'internal', message: 'Something went wrong in the server.' };
  }
  for (const source of run.untrusted ?? [])
    if (!turnRun.untrusted?.includes(source)) turnRun.untrusted = [...(turnRun.untrusted ?? []), source];
  await task.advance(run, {
    events: [
      {
        type: 'task.finished',
        actor: agentActor,
        data: {
          ...{ taskId: state.task.id, status, artifacts, usage: run.usage },
          output: startOf(words, limits.eventBytes / 8),
          ...(costUsd === undefined ? {} : { costUsd }),
          ...(state.error ? { error: state.error } : {}),
        },
      },
    ],
  });
}

const saidItsLast = (run: Run, maxSteps: number) =>
  run.ending !== undefined && limitOf(run, maxSteps) === null;
const limitOf = (run: Run, maxSteps: number) =>
  run.ending ? null : (overLimit(run, maxSteps) ?? goesInCircles(run));
