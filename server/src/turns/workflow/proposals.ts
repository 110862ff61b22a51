import type { Result, WorkflowGraph } from '@deckhand/shared';
import type { WorkflowPort } from '../../agent/tools/tool.ts';
import type { TurnWriter } from '../../sessions/run/turnWriter.ts';
import type { Meta, Run } from '../../sessions/store/meta.ts';
import { checkGraph, graphText } from '../../tasks/workflow/graph.ts';
import { replanned } from '../../tasks/workflow/replan.ts';
import { graphTerms } from '../../tasks/workflow/terms.ts';
import type { TurnDeps } from '../turnDeps.ts';

type Of = { deps: TurnDeps; writer: TurnWriter; meta: Meta; run: Run };

/** What the turn's own agent proposes is asked for once its turn is done; the last one counts. */
export const workflowPort = ({ deps, writer, meta, run }: Of): WorkflowPort => ({
  async propose(_, graph) {
    const checked = checkGraph(graph, await graphTerms(deps, { meta, author: run.author }, graph));
    if (!checked.ok) return { ok: false, text: checked.message };
    run.proposed = { graph, text: graphText(graph) };
    await writer.note(run);
    return {
      ok: true,
      text: 'People are asked once your turn is over, and may change it. Nothing of it runs before that: end your turn with a few sentences for them.',
    };
  },
});

/** What a planner may propose in place of what is left of the workflow that runs. */
export async function replanWith(
  { deps, meta, run }: Of,
  graph: WorkflowGraph,
): Promise<Result<{ graph: WorkflowGraph }>> {
  const { workflow } = run;
  if (!workflow) throw new Error('a turn without a workflow plans none anew');
  const terms = await graphTerms(deps, { meta, author: run.author }, graph);
  const done = workflow.graph.nodes.filter(({ repo }) => repo !== undefined && repo !== meta.repo);
  // Sessions that are begun are not begun again.
  const known = new Set([...terms.repos, ...done.flatMap(({ repo }) => repo ?? [])]);
  return replanned(workflow, graph, {
    ...terms,
    repos: known,
    children: terms.children + done.filter(({ id }) => workflow.nodes[id]?.childId !== undefined).length,
  });
}
