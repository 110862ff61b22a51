import type { Run } from '../../sessions/store/meta.ts';
import { type Happened, progressOf, reduce } from '../../tasks/workflow/state.ts';
import type { End } from '../ends.ts';
import type { TaskTurn } from '../tasks/taskTurn.ts';
import { eventOf } from './runWorkflow.ts';

/** The turn is over before its workflow: what ran waits again, and who goes on begins there. */
export async function closeWorkflow(
  { run, writer, deps }: TaskTurn,
  { outcome, error }: Pick<End, 'outcome' | 'error'>,
): Promise<void> {
  const { workflow } = run;
  if (!workflow || workflow.outcome) return;
  const { workflowId, graph } = workflow;
  const happened = graph.nodes.flatMap(({ id }): Happened[] => {
    const { status, attempts, text = '' } = progressOf(workflow, id);
    const data = { workflowId, nodeId: id, attempt: attempts, outcome: 'interrupted' as const, text };
    return status === 'running' ? [{ type: 'workflow.node.left', data }] : [];
  });
  const how = outcome === 'stopped' || outcome === 'over_budget' ? outcome : 'failed';
  const why = error ? { why: error.message.slice(0, 1_000) } : {};
  happened.push({ type: 'workflow.finished', data: { workflowId, outcome: how, ...why } });
  run.workflow = happened.reduce((state, each) => reduce(state, each, deps.workflows), workflow);
  await writer.advance(run, { events: happened.map(eventOf) });
}

/** A turn whose workflow could not be done did not end well, whatever its agent says at the end; where that asks somebody, it asks. */
export function workflowEnd({ workflow, ending }: Run): End | null {
  if (workflow?.outcome !== 'failed' || ending?.outcome !== 'done') return null;
  const message = `The work could not be done as planned: ${workflow.why ?? 'a part of it failed.'}`;
  return { outcome: 'failed', error: { code: 'bad_request', message } };
}
