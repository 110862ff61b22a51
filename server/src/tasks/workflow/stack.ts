import type { WorkflowGraph, WorkflowNode } from '@deckhand/shared';
import type { WorkflowState } from '../../sessions/run/workflowState.ts';

/**
 * The changes that the work leaves as, the lowest first: each part in the session's repository names its own, and they
 * come in the order in which they are named. What is cut off already stays where it is. One or none: there is no stack.
 */
export function changesOf({ nodes }: Pick<WorkflowGraph, 'nodes'>, cuts: readonly string[] = []): string[] {
  return [...new Set([...cuts, ...nodes.flatMap(({ change }) => change ?? [])])];
}

/**
 * In which of the changes each part's work leaves, by its id. Who names none reads as a rule: it is there for the first
 * that needs it, else for the last.
 */
export function placesOf(
  { nodes }: Pick<WorkflowGraph, 'nodes'>,
  changes: readonly string[],
): Map<string, number> {
  const places = new Map<string, number>();
  const last = Math.max(0, changes.length - 1);
  const looking = new Set<string>();
  const placeOf = (node: WorkflowNode): number => {
    const known = places.get(node.id);
    if (known !== undefined) return known;
    // In a circle nobody is first; such a graph is refused.
    if (looking.has(node.id)) return last;
    looking.add(node.id);
    const behind = nodes.filter(({ needs }) => needs.includes(node.id)).map(placeOf);
    const place = node.change === undefined ? Math.min(last, ...behind) : changes.indexOf(node.change);
    places.set(node.id, place);
    return place;
  };
  for (const node of nodes) placeOf(node);
  return places;
}

/** What keeps these changes from standing on each other: the first such part, and what to do. */
export function stackMistake(graph: WorkflowGraph): { id: string; why: string } | null {
  const changes = changesOf(graph);
  for (const { id, change, repo } of graph.nodes)
    if (repo !== undefined && change !== undefined)
      return {
        id,
        why: 'it names a `change`, which parts in this repository alone do. Leave out `change`, or `repo` where it is this one.',
      };
  if (changes.length < 2) return null;
  const places = placesOf(graph, changes);
  for (const { id, needs } of graph.nodes)
    for (const need of needs) {
      const [own = 0, other = 0] = [places.get(id), places.get(need)];
      if (own < other)
        return {
          id,
          why: `its change “${changes[own]}” stands below “${changes[other]}”, in which ${need} is, and it needs that. Name the changes in the order in which they stand on each other.`,
        };
    }
  return null;
}

/** How the workflow's changes stand: those that are cut off, and which is worked on. */
export function stackOf(state: WorkflowState) {
  const cuts = state.cuts ?? [];
  const changes = changesOf(state.graph, cuts);
  const places = placesOf(state.graph, changes);
  /** Nothing of a change is begun before all below it is cut off. Parts elsewhere are in none. */
  const mayBegin = ({ id, repo }: WorkflowNode) => repo !== undefined || (places.get(id) ?? 0) <= cuts.length;
  const lower = changes.slice(0, -1);
  const isWhole = state.graph.nodes.every(
    node => node.repo !== undefined || !mayBegin(node) || state.nodes[node.id]?.status === 'done',
  );
  /** The change that is whole now, and on which the next one is to stand. */
  const whole = isWhole ? lower[cuts.length] : undefined;
  return { changes, mayBegin, whole };
}
