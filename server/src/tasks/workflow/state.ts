import type { EventDataOf, WorkflowGraph, WorkflowNode } from '@deckhand/shared';
import { type Progress, startedEvent, type WorkflowState } from '../../sessions/run/workflowState.ts';

import { stackOf } from './stack.ts';

export type { WorkflowState };

/** Bounds of a workflow, as configured. */
export type WorkflowLimits = { retries: number; replans: number; mends: number };
/** `timeoutMs`: of a try. */
export type WorkflowSettings = WorkflowLimits & { timeoutMs: number };

type Of<T extends 'started' | 'node.entered' | 'node.left' | 'cut' | 'told' | 'replanned' | 'finished'> = {
  type: `workflow.${T}`;
  data: EventDataOf<`workflow.${T}`>;
};
/** What happened to a workflow: an event of the log. */
export type Happened =
  | Of<'started'>
  | Of<'node.entered'>
  | Of<'node.left'>
  | Of<'cut'>
  | Of<'told'>
  | Of<'replanned'>
  | Of<'finished'>;

const fresh: Progress = { status: 'waiting', attempts: 0, failures: 0 };

/** Before anything of it ran. */
export const beginning = (workflowId: string, graph: WorkflowGraph): WorkflowState => ({
  ...{ workflowId, graph, replans: 0, mends: 0, said: [] },
  nodes: Object.fromEntries(graph.nodes.map(({ id }) => [id, fresh])),
});

/** Gone on with: what failed for good is tried again, as somebody asks for it. */
export const resumed = (state: WorkflowState, limits: WorkflowLimits): WorkflowState =>
  reduce(state, startedEvent(state), limits);

export const progressOf = ({ nodes }: Pick<WorkflowState, 'nodes'>, id: string): Progress =>
  (Object.hasOwn(nodes, id) ? nodes[id] : undefined) ?? fresh;

/**
 * The state after one more event. One that does not fit (another try's end, a node that is done) changes nothing, so that
 * what is told twice counts once.
 */
export function reduce(state: WorkflowState, happened: Happened, limits: WorkflowLimits): WorkflowState {
  if (happened.data.workflowId !== state.workflowId) return state;
  switch (happened.type) {
    case 'workflow.started': {
      const { graph, done } = happened.data;
      const nodes = Object.fromEntries(
        graph.nodes.map(({ id }) => {
          const before = progressOf(state, id);
          const status = done.includes(id) ? ('done' as const) : ('waiting' as const);
          return [id, { ...before, status, failures: 0 }];
        }),
      );
      const { outcome: _, why: __, ...rest } = state;
      return { ...rest, graph, nodes, replans: 0 };
    }
    case 'workflow.node.entered': {
      const { nodeId, attempt, startedAt, childId, after } = happened.data;
      const node = state.nodes[nodeId];
      const isAgain = node?.status === 'running' && node.attempts === attempt;
      if (!node || !(isAgain || (node.status === 'waiting' && attempt === node.attempts + 1))) return state;
      const { after: __, ...others } = node;
      return withNode(state, nodeId, {
        ...(isAgain ? node : others),
        ...{ status: 'running', attempts: attempt },
        ...(childId ? { childId } : {}),
        ...(after === undefined ? {} : { after }),
        enteredAtMs: Date.parse(startedAt),
      });
    }
    case 'workflow.node.left': {
      const { nodeId, attempt, outcome, text } = happened.data;
      const node = state.nodes[nodeId];
      if (node?.status !== 'running' || node.attempts !== attempt) return state;
      if (outcome === 'done') return withNode(state, nodeId, { ...node, status: 'done', text });
      if (outcome === 'interrupted') return withNode(state, nodeId, { ...node, status: 'waiting', text });
      const failures = node.failures + 1;
      const most = nodeOf(state, nodeId)?.retries ?? limits.retries;
      const status = failures > most ? ('failed' as const) : ('waiting' as const);
      return withNode(state, nodeId, { ...node, status, failures, text });
    }
    case 'workflow.cut': {
      const { change } = happened.data;
      const { cuts = [] } = state;
      return cuts.includes(change) ? state : { ...state, cuts: [...cuts, change] };
    }
    case 'workflow.told':
      return { ...state, said: [...state.said, happened.data.text] };
    case 'workflow.replanned': {
      const { by, graph } = happened.data;
      const nodes = graph.nodes.map(({ id }) => {
        const before = progressOf(state, id);
        // What failed as it was planned before is begun anew: its tries are numbered on.
        const next =
          before.status === 'failed' ? { ...before, status: 'waiting' as const, failures: 0 } : before;
        return [id, next] as const;
      });
      return {
        ...state,
        graph,
        nodes: Object.fromEntries(nodes),
        ...(by === 'planner' ? { replans: state.replans + 1 } : {}),
        ...(by === 'reviewer' ? { mends: state.mends + 1 } : { said: [] }),
      };
    }
    case 'workflow.finished': {
      const { outcome, why } = happened.data;
      return { ...state, outcome, ...(why === undefined ? {} : { why }) };
    }
  }
}

/** What is to be done now. `wait`: for what runs. `cut`: all of that change is done, the `place`th from below. */
export type Next =
  | { do: 'start'; nodes: WorkflowNode[] }
  | { do: 'wait' }
  | { do: 'cut'; change: string; place: number }
  | { do: 'replan'; why: string; by: 'planner' | 'person' }
  | { do: 'finish'; outcome: 'done' | 'failed'; why?: string };

export function next(state: WorkflowState, limits: WorkflowLimits): Next {
  const { graph, nodes } = state;
  const statusOf = (id: string) => progressOf({ nodes }, id).status;
  const runs = graph.nodes.some(({ id }) => statusOf(id) === 'running');
  const failed = graph.nodes.filter(({ id }) => statusOf(id) === 'failed');
  if (state.said.length > 0) {
    // Nothing more begins as it was planned; what runs comes to its end first.
    return runs ? { do: 'wait' } : { do: 'replan', by: 'person', why: state.said.join('\n') };
  }
  if (failed.length > 0) {
    // What runs comes to its end first: the new plan stands on all that there is.
    if (runs) return { do: 'wait' };
    const why = failed.map(({ id }) => `${id}: ${progressOf(state, id).text ?? 'it failed'}`).join('\n');
    return state.replans < limits.replans
      ? { do: 'replan', by: 'planner', why }
      : { do: 'finish', outcome: 'failed', why };
  }
  const { whole, mayBegin } = stackOf(state);
  if (whole !== undefined) return { do: 'cut', change: whole, place: (state.cuts?.length ?? 0) + 1 };
  const ready = graph.nodes.filter(
    node =>
      statusOf(node.id) === 'waiting' &&
      mayBegin(node) &&
      node.needs.every(need => statusOf(need) === 'done'),
  );
  if (ready.length > 0) return { do: 'start', nodes: ready };
  if (runs) return { do: 'wait' };
  if (graph.nodes.every(({ id }) => statusOf(id) === 'done')) return { do: 'finish', outcome: 'done' };
  // A graph that was checked never comes here: it has no circle.
  return { do: 'finish', outcome: 'failed', why: 'What is left needs what is not done.' };
}

export const nodeOf = (state: WorkflowState, id: string): WorkflowNode | undefined =>
  state.graph.nodes.find(node => node.id === id);

const withNode = (state: WorkflowState, id: string, progress: Progress): WorkflowState => ({
  ...state,
  nodes: { ...state.nodes, [id]: progress },
});
