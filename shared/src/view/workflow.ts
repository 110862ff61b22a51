import type { SessionEvent, ShownNode, ShownWorkflow, WorkflowNode, WorkflowOutcome } from '../index.ts';

type WorkflowEvent = Extract<SessionEvent, { type: `workflow.${string}` }>;

const shown = (
  { retries: _, timeoutMs: __, ...node }: WorkflowNode,
  before: ShownNode | undefined,
): ShownNode => ({
  ...(before ?? { status: 'waiting', attempts: 0 }),
  ...node,
});

/** A session's workflow after one more event of it; null where it is one that nobody began. */
export function foldWorkflow(before: ShownWorkflow | null, event: WorkflowEvent): ShownWorkflow | null {
  const { workflowId } = event.data;
  const known = before?.workflowId === workflowId ? before : null;
  const nodeOf = (id: string) => known?.nodes.find(node => node.id === id);
  if (event.type === 'workflow.started') {
    const { graph, done } = event.data;
    return {
      ...{ workflowId, title: graph.title, replans: known?.replans ?? 0 },
      ...(event.turnId ? { turnId: event.turnId } : {}),
      nodes: graph.nodes.map(node => {
        const next = shown(node, nodeOf(node.id));
        return done.includes(node.id) ? { ...next, status: 'done' } : next;
      }),
    };
  }
  if (!known) return before;
  switch (event.type) {
    case 'workflow.node.entered': {
      const { attempt, taskId, childId } = event.data;
      return withNode(known, event.data.nodeId, node => {
        const { endedAt: _, ...rest } = node;
        const isAgain = node.status === 'running' && node.attempts === attempt;
        return {
          ...rest,
          ...{ status: 'running', attempts: attempt },
          startedAt: isAgain ? (node.startedAt ?? event.at) : event.at,
          ...(taskId ? { taskId } : {}),
          ...(childId ? { childId } : {}),
        };
      });
    }
    case 'workflow.node.left': {
      const { outcome, text, usage } = event.data;
      const status = outcome === 'interrupted' ? 'waiting' : outcome;
      return withNode(known, event.data.nodeId, node => ({
        ...node,
        ...{ status, text, endedAt: event.at },
        ...(usage ? { usage: node.usage ? addedUsage(node.usage, usage) : usage } : {}),
      }));
    }
    case 'workflow.told':
    case 'workflow.cut':
      return before;
    case 'workflow.replanned': {
      const { by, graph } = event.data;
      const nodes = graph.nodes.map(node => shown(node, nodeOf(node.id)));
      return { ...known, title: graph.title, nodes, replans: known.replans + (by === 'planner' ? 1 : 0) };
    }
    case 'workflow.finished': {
      const { outcome, why } = event.data;
      return { ...known, outcome, ...(why ? { why } : {}) };
    }
  }
}

type Used = NonNullable<ShownNode['usage']>;
const addedUsage = (a: Used, b: Used): Used => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
  steps: a.steps + b.steps,
});

const withNode = (
  workflow: ShownWorkflow,
  id: string,
  change: (node: ShownNode) => ShownNode,
): ShownWorkflow => ({
  ...workflow,
  nodes: workflow.nodes.map(node => (node.id === id ? change(node) : node)),
});

const endWords: Record<WorkflowOutcome, string> = {
  done: 'Every part of the work is done',
  failed: 'The work could not be done as planned',
  stopped: 'The work was stopped',
  over_budget: 'The work rests; Continue goes on with what is left',
};

/** What the timeline says of it; each part is a task or a session, which has a line of its own. */
export function workflowLine(
  event: Extract<WorkflowEvent, { type: 'workflow.replanned' | 'workflow.finished' }>,
): { level: 'info' | 'warning'; text: string } {
  if (event.type === 'workflow.replanned') {
    const { by, why } = event.data;
    const what = by === 'reviewer' ? 'What a review found is mended first' : 'What is left was planned anew';
    return { level: 'info', text: `${what}: ${why.split('\n')[0]}` };
  }
  const { outcome, why } = event.data;
  const text = `${endWords[outcome]}${why ? `: ${why.split('\n')[0]}` : '.'}`;
  return { level: outcome === 'failed' ? 'warning' : 'info', text };
}
