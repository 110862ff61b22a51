import type { NodeStatus, ShownNode, ShownWorkflow, WorkflowOutcome } from '../index.ts';

const statusWord: Record<NodeStatus, string> = {
  waiting: 'not begun',
  running: 'works',
  done: 'done',
  failed: 'failed',
};

/** How a part of large work stands; which try it is where it is not the first. */
export const nodeStanding = ({ status, attempts }: Pick<ShownNode, 'status' | 'attempts'>): string =>
  attempts > 1 ? `${statusWord[status]}, try ${attempts}` : statusWord[status];

/** Who does it, and where. */
export const nodeWho = ({ agent, repo }: Pick<ShownNode, 'agent' | 'repo'>): string =>
  repo ? `${agent} on ${repo}` : agent;

export const workflowEnd: Record<WorkflowOutcome, string> = {
  done: 'Done',
  failed: 'Failed',
  stopped: 'Stopped',
  over_budget: 'Rests until somebody says to go on',
};

/** All of it in a few words. */
export function workflowText({ nodes, outcome }: Pick<ShownWorkflow, 'nodes' | 'outcome'>): string {
  const done = nodes.filter(({ status }) => status === 'done').length;
  const running = nodes.filter(({ status }) => status === 'running').length;
  const words = [`${done} of ${nodes.length} parts done`];
  if (outcome && outcome !== 'done') words.push(workflowEnd[outcome].toLowerCase());
  else if (running > 0) words.push(`${running} at work`);
  return words.join(', ');
}

/** How long it took, or takes, in ms; undefined before it began. */
export function nodeMs({ startedAt, endedAt }: Pick<ShownNode, 'startedAt' | 'endedAt'>, nowMs: number) {
  return startedAt === undefined
    ? undefined
    : Math.max(0, (endedAt ? Date.parse(endedAt) : nowMs) - Date.parse(startedAt));
}
