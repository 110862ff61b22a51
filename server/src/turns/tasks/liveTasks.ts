import { isTaskOver, noUsage, type Usage } from '@deckhand/shared';
import { readTaskMessages, readTasks } from '../../sessions/run/taskRecords.ts';
import { TaskWriter } from '../../sessions/run/taskWriter.ts';
import { Interrupted } from '../turnControl.ts';
import { type TaskTree, taskTree } from './taskTree.ts';
import type { TaskTurn } from './taskTurn.ts';

/** A task of a turn, in the worker that has it. */
export type Live = {
  task: TaskWriter;
  /** Who gave it; null: the turn's own agent. */
  parent: Live | null;
  cancel: AbortController;
  running: Promise<void> | null;
  /** Its work tree; null: the repository's own. */
  tree: TaskTree | null;
  /** How long it may work, in ms, from when it has its turn. */
  timeoutMs?: number | undefined;
};

/** Every task of one turn, over or not. */
export class LiveTasks {
  #turn: TaskTurn;
  #all = new Map<string, Live>();

  constructor(turn: TaskTurn) {
    this.#turn = turn;
  }

  /** Those that a worker before us left. */
  async load(): Promise<void> {
    const { deps, writer, run } = this.#turn;
    // The call that gives one stands in the run state before anything of it is written.
    if (!run.delegated && !run.workflow && !run.pending.some(({ tool }) => tool === 'delegate')) return;
    const [records, messages] = await Promise.all([
      readTasks(deps.store, writer.sessionId, run.turnId),
      readTaskMessages(deps.store, writer.sessionId),
    ]);
    for (const record of records) {
      const { id, parentId } = record.task;
      const task = new TaskWriter({ store: deps.store, turn: writer }, record, messages.get(id) ?? []);
      this.add(task, parentId ? (this.#all.get(parentId) ?? null) : null);
    }
    this.tally();
  }

  add(task: TaskWriter, parent: Live | null): Live {
    const tree = taskTree(task, this.#turn.sandbox, parent?.tree ?? null);
    const live: Live = { task, parent, tree, cancel: new AbortController(), running: null };
    this.#all.set(task.state.task.id, live);
    return live;
  }

  get(taskId: string): Live | null {
    return this.#all.get(taskId) ?? null;
  }

  get count(): number {
    return this.#all.size;
  }

  unfinished(): Live[] {
    return [...this.#all.values()].filter(({ task }) => !isTaskOver(task.state.task.status));
  }

  running(): Promise<void>[] {
    return [...this.#all.values()].flatMap(live => live.running ?? []);
  }

  /** What somebody gave: all of it, or these. */
  given(parent: Live | null, ids?: readonly string[]): Live[] {
    const own = [...this.#all.values()].filter(each => each.parent === parent);
    return ids ? own.filter(({ task }) => ids.includes(task.state.task.id)) : own;
  }

  /** In the background, and either not over or not read of. */
  open(parent: Live | null): Live[] {
    return this.given(parent).filter(({ task: { state } }) => state.background && !state.told);
  }

  /** Of all tasks of the turn. The cost is known where each one's is. */
  used(): { usage: Usage; costUsd: number | undefined } {
    const states = [...this.#all.values()].map(({ task }) => task.state);
    const usage = states.reduce((sum, { run }) => addedUsage(sum, run.usage), noUsage);
    const costs = states.flatMap(({ costUsd }) => costUsd ?? []);
    const isKnown = costs.length === states.length;
    return { usage, costUsd: isKnown ? costs.reduce((sum, cost) => sum + cost, 0) : undefined };
  }

  /** The turn's limits are for all of its agents. */
  tally(): void {
    this.#turn.run.tasksUsage = this.used().usage;
  }
}

export const addedUsage = (a: Usage, b: Usage): Usage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
  steps: a.steps + b.steps,
});

/** From here on its time counts. Call what it returns when it is over. */
export function timeOf({ timeoutMs, task, cancel }: Live): () => void {
  if (timeoutMs === undefined) return () => {};
  const timer = setTimeout(() => {
    task.state.late = true;
    cancel.abort(new Interrupted('stopped'));
  }, timeoutMs);
  return () => clearTimeout(timer);
}
