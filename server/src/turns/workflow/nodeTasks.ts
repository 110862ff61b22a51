import { limits, noUsage, startOf, type Usage, type WorkflowNode } from '@deckhand/shared';
import type { TaskRecord } from '../../sessions/run/taskRecords.ts';
import { reviewerId } from '../../tasks/workflow/graph.ts';
import type { NodeResult, Try } from '../../tasks/workflow/orchestrate.ts';
import { isReview } from '../../tasks/workflow/replan.ts';
import { verdictOf } from '../../tasks/workflow/verdict.ts';
import { inputOf, judgeGoal, judgeInput, kept, reviewGoal } from '../../tasks/workflow/words.ts';
import { addedUsage } from '../tasks/liveTasks.ts';
import { callOf } from './calls.ts';
import { mostNodeTasks, type WorkflowTurn } from './workflowTurn.ts';

const inputChars = 20_000;

/** Does a node as a task of the session, and sees whether it is done as it is to be. */
export async function runNode(
  { turn, tasks, room }: WorkflowTurn,
  { node, attempt, state }: Try,
): Promise<NodeResult> {
  const { workflowId } = state;
  const { deps, control } = turn;
  const review = isReview(node);
  const timeoutMs = node.timeoutMs ?? deps.workflows.timeoutMs;
  const given = await tasks.carryOut(callOf(workflowId, 'delegate', node.id, attempt), {
    agent: node.agent,
    goal: review ? reviewGoal(node) : node.goal,
    input: startOf(inputOf(state, node), inputChars),
    check: node.check,
    timeoutMs,
    most: mostNodeTasks,
  });
  if (!given.ok) return { outcome: 'failed', text: kept(given.message) };
  const { record } = given;
  // What a stop or the turn's end cut short did not fail.
  control.interrupt.throwIfAborted();
  const { usage } = record.run;
  const result = record.task.output ?? '';
  if (await metABudget(record, room)) return { outcome: 'interrupted', text: kept(result), usage };
  const failed = whyNot(record, node, timeoutMs);
  if (failed) return { outcome: 'failed', text: kept(failed), usage };
  if (review) return reviewed(result, usage);
  if (node.done === undefined) return { outcome: 'done', text: kept(result), usage };
  const judged = await tasks.carryOut(callOf(workflowId, 'delegate', node.id, attempt, 'judge'), {
    agent: reviewerId,
    goal: judgeGoal(node),
    input: startOf(judgeInput(node, result), inputChars),
    timeoutMs,
    most: mostNodeTasks,
  });
  control.interrupt.throwIfAborted();
  if (!judged.ok) return { outcome: 'failed', text: kept(judged.message), usage };
  if (await metABudget(judged.record, room)) return { outcome: 'interrupted', text: kept(result), usage };
  const both = addedUsage(usage, judged.record.run.usage);
  const said = judged.record.task.output ?? '';
  const verdict = judged.record.task.status === 'done' ? verdictOf(said) : null;
  if (verdict?.done) return { outcome: 'done', text: kept(result), usage: both };
  const why = verdict ? said : `No reviewer said whether it is done. ${said}`;
  return { outcome: 'failed', text: kept(`Not done, as the reviewer judges: ${why}`), usage: both };
}

/** What ended at a budget that the turn has used up did not fail: it is tried again by whoever goes on. */
async function metABudget({ task, error }: TaskRecord, room: () => Promise<void>): Promise<boolean> {
  if (task.status !== 'failed' || error?.code !== 'too_large') return false;
  return room().then(
    () => false,
    () => true,
  );
}

/** A review is done when it says what it came to; what it found is mended by another. */
function reviewed(result: string, usage: Usage = noUsage): NodeResult {
  const verdict = verdictOf(result);
  if (!verdict) return { outcome: 'failed', text: kept(`It gave no verdict.\n${result}`), usage };
  const text = kept(result);
  return {
    outcome: 'done',
    text,
    usage,
    ...(verdict.done ? {} : { findings: startOf(result, limits.nodeGoalChars) }),
  };
}

/** Why what a task came to is not what it was to be; null where nothing says so. */
function whyNot(
  { task, error, late, unmerged, checked }: TaskRecord,
  node: WorkflowNode,
  timeoutMs: number,
): string | null {
  const said = task.output ?? '';
  if (task.status === 'cancelled')
    return late
      ? `It took longer than ${inWords(timeoutMs)}, and was stopped. ${said}`
      : `It was stopped. ${said}`;
  if (task.status !== 'done') return `${error?.message ?? 'It failed.'} ${said}`;
  if (unmerged) return said;
  if (checked && !checked.ok) return `\`${node.check}\` failed:\n${checked.output}`;
  return null;
}

function inWords(ms: number): string {
  const [n, unit] = ms < 120_000 ? [Math.round(ms / 1_000), 'second'] : [Math.round(ms / 60_000), 'minute'];
  return `${n} ${unit}${n === 1 ? '' : 's'}`;
}
