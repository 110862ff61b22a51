import { DeckhandError } from '@deckhand/shared';
import { systemActor } from '../../sessions/run/turnWriter.ts';
import type { EventDraft } from '../../sessions/store/commit.ts';
import { plannerId } from '../../tasks/workflow/graph.ts';
import { orchestrate, type WorkflowPorts } from '../../tasks/workflow/orchestrate.ts';
import type { Happened, WorkflowState } from '../../tasks/workflow/state.ts';
import { endText, replanGoal, replanInput } from '../../tasks/workflow/words.ts';
import { OverBudget, overLimit } from '../ends.ts';
import { ParkedTurn } from '../parkedTurn.ts';
import { hearPrompts } from '../steering.ts';
import type { TurnBudget } from '../turnBudget.ts';
import { callOf } from './calls.ts';
import { nodeSessions } from './nodeSessions.ts';
import { runNode } from './nodeTasks.ts';
import { mostNodeTasks, type WorkflowTurn } from './workflowTurn.ts';

const inputChars = 20_000;

export const eventOf = (happened: Happened): EventDraft => ({ ...happened, actor: systemActor });

/**
 * Runs the turn's workflow from wherever it stands until it is finished, and gives the turn's own agent what came out to
 * read. Rejects as a turn's work does: what ran has ended then, or rests.
 */
export async function runWorkflow(workflowTurn: WorkflowTurn): Promise<void> {
  const { turn, tasks, room } = workflowTurn;
  const { run, writer, deps, control } = turn;
  if (!run.workflow || run.workflow.outcome) return;
  delete run.waitsFor;
  const ports: WorkflowPorts = {
    ...nodeSessions(workflowTurn),
    run: attempt => runNode(workflowTurn, attempt),
    record,
    rest(why) {
      if (why instanceof ParkedTurn) void tasks.rest(why);
    },
    async replan(state, why) {
      const tries = Object.values(state.nodes).reduce((sum, { attempts }) => sum + attempts, 0);
      const call = callOf(run.turnId, 'delegate', 'replan', tries, state.replans, why);
      const input = replanInput(state, why).slice(0, inputChars);
      const given = await tasks.carryOut(call, {
        ...{ agent: plannerId, goal: replanGoal, input, plans: true, most: mostNodeTasks },
        timeoutMs: deps.workflows.timeoutMs,
      });
      control.interrupt.throwIfAborted();
      if (!given.ok) return { failed: given.message };
      const { plans, task } = given.record;
      const graph = task.status === 'done' ? plans?.proposed : null;
      return graph ? { graph } : { failed: `The planner proposed nothing else. ${task.output ?? ''}` };
    },
    async cut(change, place) {
      control.interrupt.throwIfAborted();
      const done = await workflowTurn.cut({ change, place });
      if (!done.ok) throw new DeckhandError(done.code, done.message);
    },
    hear: () => hearPrompts(deps, writer, run),
    async room() {
      control.interrupt.throwIfAborted();
      await room();
    },
    clock: deps.clock,
  };
  await orchestrate(run.workflow, ports, deps.workflows);

  /** What the agent reads of it comes with its end: a worker that takes over tells it no second time. */
  async function record(state: WorkflowState, happened: readonly Happened[]): Promise<void> {
    run.workflow = state;
    const isOver = happened.some(({ type }) => type === 'workflow.finished');
    await writer.advance(run, {
      events: happened.map(eventOf),
      messages: isOver ? [{ role: 'user', content: endText(state) }] : [],
    });
  }
}

/** Whether the turn may begin more. Rejects where it may not, with what ends it. */
export async function roomFor(
  { run, deps }: WorkflowTurn['turn'],
  budget: TurnBudget,
  signal: AbortSignal,
): Promise<void> {
  const { budget: used } = overLimit(run, deps.maxSteps) ?? {};
  if (used) throw new OverBudget(used);
  await budget.room(signal);
  // Its own agent takes no step now: what was set aside for one is free again.
  await budget.settleSummary();
}
