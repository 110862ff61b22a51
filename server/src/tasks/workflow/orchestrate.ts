import type { EventDataOf, WorkflowGraph, WorkflowNode } from '@deckhand/shared';
import { isReview, withMend } from './replan.ts';
import {
  type Happened,
  next,
  nodeOf,
  progressOf,
  reduce,
  type WorkflowLimits,
  type WorkflowState,
} from './state.ts';
import { kept } from './words.ts';

/** How a try of a node came out. `findings`: of a review, what is to be mended. */
export type NodeResult = Omit<EventDataOf<'workflow.node.left'>, 'workflowId' | 'nodeId' | 'attempt'> & {
  findings?: string;
};

/** A try of a node, which is the same try again after a crash. */
export type Try = { node: WorkflowNode; attempt: number; state: WorkflowState };

export type WorkflowPorts = {
  /** Writes what happened into the log, and what the workflow is from then on, at once. */
  record(state: WorkflowState, happened: readonly Happened[]): Promise<void>;
  /**
   * Does a node to its end. Rejects where the turn is to be put aside or is over: it goes on with whoever takes that up.
   */
  run(attempt: Try): Promise<NodeResult>;
  /** All that runs is to rest: the turn is put aside, or over. */
  rest(why: unknown): void;
  /** What people said to the turn since it was asked last. */
  hear(): Promise<string[]>;
  /** Whether a node is a session of its own. */
  isElsewhere(node: WorkflowNode): boolean;
  /**
   * Sees to it that a node's session is at work on this try, once; `note` writes down which it is. What it comes to, where
   * that is known at once. Rejects where the turn is to be put aside.
   */
  beginElsewhere(
    attempt: Try,
    note: (childId: string, after: string | null) => Promise<void>,
  ): Promise<NodeResult | null>;
  /** What ended of the sessions that these nodes are. */
  endedElsewhere(tries: readonly Try[]): Promise<{ id: string; result: NodeResult }[]>;
  /** Resolves soon after something may have changed with them, and when nobody wants to know any more. */
  newsFromElsewhere(tries: readonly Try[], signal: AbortSignal): Promise<void>;
  /** Nothing is to be done before one of them ends: rejects, for the turn to be put aside. */
  waitElsewhere(tries: readonly Try[]): Promise<never>;
  /** Commits what there is as this change, the `place`th from below; done again it is the same. */
  cut(change: string, place: number): Promise<void>;
  /** What is left, as the planner would do it now; a sentence where it did not say. */
  replan(state: WorkflowState, why: string): Promise<{ graph: WorkflowGraph } | { failed: string }>;
  /** Before anything begins. Rejects where the turn may use no more. */
  room(): Promise<void>;
  clock: () => number;
};

type Ended = { id: string; result: NodeResult } | { id: string; error: unknown };

/**
 * Runs a workflow from wherever it stands until it is finished. What it decides it decides in `next` and `reduce`; each
 * node's begin and end is in the log before anything follows from it. Where it rejects, all that ran has ended or rests.
 */
export async function orchestrate(
  start: WorkflowState,
  ports: WorkflowPorts,
  limits: WorkflowLimits,
): Promise<WorkflowState> {
  let state = start;
  const running = new Map<string, Promise<Ended>>();
  const tell = async (...happened: Happened[]) => {
    const after = happened.reduce((before, each) => reduce(before, each, limits), state);
    state = after;
    await ports.record(after, happened);
  };
  const { workflowId } = start;
  const leave = async (id: string, { findings, ...result }: NodeResult) => {
    const { attempts, status } = progressOf(state, id);
    if (status !== 'running') return;
    const told: Happened[] = [
      { type: 'workflow.node.left', data: { workflowId, nodeId: id, attempt: attempts, ...result } },
    ];
    const node = nodeOf(state, id);
    const graph =
      findings !== undefined && node && isReview(node)
        ? withMend(state, { reviewId: id, findings, most: limits.mends })
        : null;
    if (graph)
      told.push({
        type: 'workflow.replanned',
        data: { workflowId, by: 'reviewer', why: kept(findings ?? ''), graph },
      });
    await tell(...told);
  };
  const entered = ({ id }: WorkflowNode): Happened => {
    const attempt = progressOf(state, id).attempts + 1;
    const startedAt = new Date(ports.clock()).toISOString();
    return { type: 'workflow.node.entered', data: { workflowId, nodeId: id, attempt, startedAt } };
  };
  const tries = (elsewhere: boolean): Try[] =>
    state.graph.nodes
      .filter(
        node => progressOf(state, node.id).status === 'running' && ports.isElsewhere(node) === elsewhere,
      )
      .map(node => ({ node, attempt: progressOf(state, node.id).attempts, state }));
  const follow = () => {
    for (const each of tries(false)) {
      const { id } = each.node;
      if (running.has(id)) continue;
      const run = ports.run(each);
      running.set(
        id,
        run.then(
          result => ({ id, result }),
          (error: unknown) => ({ id, error }),
        ),
      );
    }
  };
  /** Sessions are begun, or gone on with, once by whoever has the turn. */
  const begun = new Set<string>();
  const followElsewhere = async () => {
    for (const each of tries(true)) {
      const { node, attempt } = each;
      const name = `${node.id} ${attempt}`;
      if (begun.has(name)) continue;
      begun.add(name);
      const note = (childId: string, after: string | null) => {
        const { enteredAtMs = ports.clock() } = progressOf(state, node.id);
        const startedAt = new Date(enteredAtMs).toISOString();
        const data = { workflowId, nodeId: node.id, attempt, startedAt, childId, after };
        return tell({ type: 'workflow.node.entered', data });
      };
      const result = await ports.beginElsewhere(each, note);
      if (result) await leave(node.id, result);
    }
  };
  /** All that runs here comes to its end, or rests. */
  const drain = async () => {
    for (const ended of await Promise.all(running.values()))
      if ('result' in ended) await leave(ended.id, ended.result);
  };
  /** What others do for it ends before it does. */
  const room = () =>
    ports.room().catch(async error => {
      await drain();
      const elsewhere = tries(true);
      if (elsewhere.length > 0) await ports.waitElsewhere(elsewhere);
      throw error;
    });

  try {
    await run();
  } catch (error) {
    ports.rest(error);
    await drain();
    throw error;
  }
  return state;

  async function run() {
    while (state.outcome === undefined) {
      follow();
      await followElsewhere();
      const elsewhere = tries(true);
      const ended = await ports.endedElsewhere(elsewhere);
      for (const { id, result } of ended) await leave(id, result);
      if (ended.length > 0) continue;
      for (const text of await ports.hear())
        await tell({ type: 'workflow.told', data: { workflowId, text: kept(text) } });
      const now = next(state, limits);
      switch (now.do) {
        case 'finish': {
          const { outcome, why } = now;
          const data = { workflowId, outcome, ...(why === undefined ? {} : { why: kept(why) }) };
          await tell({ type: 'workflow.finished', data });
          break;
        }
        case 'replan': {
          await room();
          const { why, by } = now;
          const planned = await ports.replan(state, why);
          if ('graph' in planned || by === 'person') {
            // What somebody said may need no other plan.
            const graph = 'graph' in planned ? planned.graph : state.graph;
            const data = { workflowId, by, why: kept(why), graph };
            await tell({ type: 'workflow.replanned', data });
          } else {
            const data = { workflowId, outcome: 'failed' as const, why: kept(`${why}\n${planned.failed}`) };
            await tell({ type: 'workflow.finished', data });
          }
          break;
        }
        case 'cut':
          await ports.cut(now.change, now.place);
          await tell({ type: 'workflow.cut', data: { workflowId, change: now.change } });
          break;
        case 'start':
          await room();
          await tell(...now.nodes.map(entered));
          break;
        case 'wait': {
          if (running.size === 0) await ports.waitElsewhere(elsewhere);
          const heard = new AbortController();
          const news = elsewhere.length > 0 ? [ports.newsFromElsewhere(elsewhere, heard.signal)] : [];
          const here = await Promise.race([...running.values(), ...news]);
          heard.abort();
          if (!here) break;
          running.delete(here.id);
          if ('error' in here) throw here.error;
          await leave(here.id, here.result);
        }
      }
    }
  }
}
