import type { Author, WorkflowGraph } from '@deckhand/shared';
import type { Meta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { AgentRegistry } from '../agents/registry.ts';
import type { Children } from '../children.ts';
import type { GraphTerms } from './graph.ts';

export type TermsDeps = { store: Store; agents: AgentRegistry; children: Children };

/** What a graph may name that is to run in a session in somebody's name. What they may not see is not there. */
export async function graphTerms(
  { store, agents, children }: TermsDeps,
  { meta, author }: { meta: Meta; author: Author },
  { nodes }: WorkflowGraph,
): Promise<GraphTerms> {
  const place = { orgId: meta.orgId, userId: author.userId, repoId: meta.repo };
  const named = [...new Set(nodes.flatMap(({ repo }) => (repo && repo !== meta.repo ? [repo] : [])))];
  const [known, left, seen] = await Promise.all([
    agents.of(store, place),
    children.left(meta),
    Promise.all(named.map(async repo => ((await children.mayUse(author, repo)) ? [repo] : []))),
  ]);
  return {
    agents: new Set(known.agents.map(({ id }) => id)),
    ownRepo: meta.repo,
    repos: new Set(seen.flat()),
    children: left,
  };
}
