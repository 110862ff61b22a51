import {
  failure,
  limits,
  type Result,
  startOf,
  type WorkflowGraph,
  type WorkflowNode,
} from '@deckhand/shared';
import { checkGraph, type GraphTerms, isTooLong, reviewerId } from './graph.ts';
import { progressOf, type WorkflowState } from './state.ts';

/** What is done stays as it is; all else is done as proposed. */
export function replanned(
  state: WorkflowState,
  proposed: WorkflowGraph,
  terms: GraphTerms,
): Result<{ graph: WorkflowGraph }> {
  const done = state.graph.nodes.filter(({ id }) => progressOf(state, id).status === 'done');
  const again = proposed.nodes.find(node => done.some(({ id }) => id === node.id));
  if (again)
    return failure(
      'bad_request',
      `Node ${again.id}: it is done already. Leave it out: others may need it all the same. What is to be done besides gets an id of its own.`,
    );
  const nodes = [...done, ...proposed.nodes];
  if (nodes.length > limits.workflowNodes)
    return failure(
      'bad_request',
      `The workflow: with the ${done.length} nodes that are done it has ${nodes.length}, and ${limits.workflowNodes} are the most.`,
    );
  const graph = { title: state.graph.title, nodes };
  const checked = checkGraph(graph, terms);
  return checked.ok ? { ok: true, graph } : checked;
}

/** Who mends what a review found. */
const menderId = 'builder';

/** With a node that mends what a review found, before all that stands on the review. Null: there is no room for one. */
export function withMend(
  state: WorkflowState,
  { reviewId, findings, most }: { reviewId: string; findings: string; most: number },
): WorkflowGraph | null {
  const { graph, mends } = state;
  if (mends >= most || graph.nodes.length >= limits.workflowNodes) return null;
  const ids = new Set(graph.nodes.map(node => node.id));
  let n = mends + 1;
  while (ids.has(`mend-${n}`)) n += 1;
  const change = graph.nodes.find(({ id }) => id === reviewId)?.change;
  const mend: WorkflowNode = {
    ...{ id: `mend-${n}`, agent: menderId, needs: [reviewId] },
    ...(change === undefined ? {} : { change }),
    goal: `Mend what the review ${reviewId} found:\n${startOf(findings, limits.nodeGoalChars - 100)}`,
    done: 'Each finding of the review that is named in the goal is mended, or shown to be none.',
  };
  const nodes = graph.nodes.map(node =>
    node.needs.includes(reviewId) && progressOf(state, node.id).status === 'waiting'
      ? { ...node, needs: [...node.needs, mend.id] }
      : node,
  );
  const mended = { ...graph, nodes: [...nodes, mend] };
  return isTooLong(mended) ? null : mended;
}

/** Its own last line is what it comes to, and what it finds is to be mended. */
export const isReview = ({ agent, repo }: Pick<WorkflowNode, 'agent' | 'repo'>): boolean =>
  agent === reviewerId && repo === undefined;
