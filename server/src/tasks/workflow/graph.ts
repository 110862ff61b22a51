import { failure, limits, type Result, WorkflowGraph, type WorkflowNode } from '@deckhand/shared';
import { parseDocument, stringify } from 'yaml';
import type { z } from 'zod';
import { stackMistake } from './stack.ts';

/** Who reads what others made, and says in its last line whether it is as it is to be. */
export const reviewerId = 'reviewer';
export const plannerId = 'planner';

/** What a graph may name. */
export type GraphTerms = {
  agents: ReadonlySet<string>;
  /** The session's own repository: a node that names it is no session of its own. */
  ownRepo: string | null;
  /** Of those other than its own which the nodes name: those that the person may prompt. */
  repos: ReadonlySet<string>;
  /** Sessions that it may begin. */
  children: number;
};

const wrong = (message: string) => failure('bad_request', message);

/** A graph as people read and edit it. */
export const graphText = ({ title, nodes }: WorkflowGraph): string =>
  stringify(
    { title, nodes: nodes.map(({ needs, ...node }) => (needs.length > 0 ? { ...node, needs } : node)) },
    { lineWidth: 100, aliasDuplicateObjects: false },
  ).trim();

/** It stands in an event beside its text. */
const mostBytes = 24 * 1024;
export function isTooLong(graph: WorkflowGraph): boolean {
  const text = graphText(graph);
  return text.length > limits.planChars || Buffer.byteLength(text) > mostBytes;
}

/** Mistakes name the node, its key, and what to do. */
export function readGraph(text: string): Result<{ graph: WorkflowGraph }> {
  const document = parseDocument(text, { uniqueKeys: true });
  const [mistake] = document.errors;
  if (mistake) return wrong(`The workflow is not YAML as it should be: ${mistake.message.split('\n')[0]}`);
  // An alias may stand for much more than its text: somebody else wrote it.
  try {
    return parseGraph(document.toJS({ maxAliasCount: 0 }));
  } catch {
    return wrong('The workflow: it has aliases (`*name`). Write out what they stand for.');
  }
}

export function parseGraph(value: unknown): Result<{ graph: WorkflowGraph }> {
  const parsed = WorkflowGraph.safeParse(value);
  return parsed.success ? { ok: true, graph: parsed.data } : wrong(wordsOf(parsed.error.issues[0], value));
}

function wordsOf(issue: z.core.$ZodIssue | undefined, value: unknown): string {
  const [first, place, ...rest] = issue?.path ?? [];
  const why = issue?.message ?? 'it has not the form of one';
  if (first !== 'nodes' || typeof place !== 'number')
    return `The workflow: ${[first, why].filter(Boolean).join(': ')}`;
  const nodes = (value as { nodes: unknown[] }).nodes;
  const node = nodes[place] as { id?: unknown } | null;
  const name = typeof node?.id === 'string' ? node.id.slice(0, 60) : `number ${place + 1}`;
  return `Node ${name}: ${[rest.join('.'), why].filter(Boolean).join(': ')}`;
}

/** Whether it can be run: the first thing that keeps it from that, and what to do about it. */
export function checkGraph(graph: WorkflowGraph, terms: GraphTerms): Result {
  const { nodes } = graph;
  const ids = new Set<string>();
  for (const { id } of nodes) {
    if (ids.has(id)) return wrong(`Node ${id}: two nodes have this id. Give one another.`);
    ids.add(id);
  }
  for (const node of nodes) {
    const mistake = mistakeOf(node, ids, terms);
    if (mistake) return wrong(`Node ${node.id}: ${mistake}`);
  }
  const cycle = cycleOf(nodes);
  if (cycle) {
    const [last] = cycle.slice(-2);
    return wrong(
      `Node ${cycle[0]}: it needs itself, by ${cycle.join(' → ')}. Take ${cycle.at(-1)} out of what ${last} needs.`,
    );
  }
  const mistake = stackMistake(graph);
  if (mistake) return wrong(`Node ${mistake.id}: ${mistake.why}`);
  const elsewhere = nodes.filter(({ repo }) => repo !== undefined && repo !== terms.ownRepo);
  if (elsewhere.length > terms.children)
    return wrong(
      `Node ${elsewhere[terms.children]?.id}: this session may begin ${terms.children} more on other repositories. Put more into one node, or leave some out.`,
    );
  if (isTooLong(graph))
    return wrong(
      `The workflow has more than ${limits.planChars} characters, or ${mostBytes / 1024} KiB. Say less in the goals.`,
    );
  return { ok: true };
}

function mistakeOf(node: WorkflowNode, ids: ReadonlySet<string>, terms: GraphTerms): string | null {
  const { agent, check, done, repo, needs } = node;
  if (!terms.agents.has(agent))
    return `there is no agent ${agent}. There are: ${[...terms.agents].join(', ')}.`;
  if (check === undefined && done === undefined)
    return 'nothing says when it is done. Name a command as `check`, or as `done` what a reviewer can see to be so.';
  const unknown = needs.find(id => !ids.has(id));
  if (unknown !== undefined)
    return `it needs ${unknown}, which is no node. There are: ${[...ids].join(', ')}.`;
  if (repo !== undefined && repo !== terms.ownRepo && !terms.repos.has(repo))
    return `there is no repository ${repo}.`;
  return null;
}

/** A way from a node to itself, each needing the next; null where there is none. */
function cycleOf(nodes: readonly WorkflowNode[]): string[] | null {
  const needs = new Map(nodes.map(node => [node.id, node.needs]));
  const over = new Set<string>();
  const walk = (id: string, path: readonly string[]): string[] | null => {
    const at = path.indexOf(id);
    if (at >= 0) return [...path.slice(at), id];
    if (over.has(id)) return null;
    for (const next of needs.get(id) ?? []) {
      const found = walk(next, [...path, id]);
      if (found) return found;
    }
    over.add(id);
    return null;
  };
  for (const { id } of nodes) {
    const found = walk(id, []);
    if (found) return found;
  }
  return null;
}

/** Whether a node is a session of its own. */
export const isElsewhere = ({ repo }: Pick<WorkflowNode, 'repo'>, ownRepo: string | null): boolean =>
  repo !== undefined && repo !== ownRepo;
