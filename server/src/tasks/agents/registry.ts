import { readdirSync, readFileSync } from 'node:fs';
import { type AgentMistake, failure, type KnownAgent, type Result } from '@deckhand/shared';
import type { Repos } from '../../repos/repos.ts';
import type { Store } from '../../sessions/store/store.ts';
import { type Defined, definedBy, nothingDefined } from './files.ts';
import { OrganisationFolder } from './organisationFolder.ts';
import { ownAgents } from './ownAgents.ts';
import type { AgentTerms } from './parseAgent.ts';
import { RepositoryAgents } from './repositoryAgents.ts';

/** For whom, and on which repository. */
export type AgentPlace = { orgId: string; userId: string; repoId: string | null };

export type RegistryDeps = {
  /** The organisation's folder; null: there is none. */
  folder: string | null;
  repos: Pick<Repos, 'mirror'>;
  terms: AgentTerms;
  clock: () => number;
  onMistake: (message: string) => void;
};

const builtInDir = new URL('./builtIn/', import.meta.url);

/** What Deckhand brings. A mistake in it is a bug. */
export function builtInAgents(terms: AgentTerms): Defined {
  const files = readdirSync(builtInDir)
    .filter(name => name.endsWith('.md'))
    .toSorted()
    .map(name => ({
      id: name.slice(0, -'.md'.length),
      source: `${name} (built in)`,
      text: readFileSync(new URL(name, builtInDir), 'utf8'),
    }));
  const defined = definedBy(files, { layer: 'built-in', before: nothingDefined, terms });
  const [mistake] = defined.mistakes;
  if (mistake) throw new Error(mistake.message);
  return defined;
}

/**
 * The agents that there are: built in, the organisation's, the repository's, a person's own; of one id the latest layer
 * counts. What they may do is narrowed by policy, whichever layer they are of.
 */
export class AgentRegistry {
  readonly terms: AgentTerms;
  #builtIn: Defined;
  #folder: OrganisationFolder;
  #repositories: RepositoryAgents;

  constructor(deps: RegistryDeps) {
    this.terms = deps.terms;
    this.#builtIn = builtInAgents(deps.terms);
    this.#folder = new OrganisationFolder(deps);
    this.#repositories = new RepositoryAgents(deps);
  }

  async of(
    store: Store,
    { repoId, ...owner }: AgentPlace,
  ): Promise<{ agents: KnownAgent[]; mistakes: AgentMistake[] }> {
    const layers = await Promise.all([
      this.#builtIn,
      this.#folder.defined(),
      repoId === null ? nothingDefined : this.#repositories.of(repoId),
      ownAgents(store, owner, this.terms),
    ]);
    const agents = new Map(layers.flatMap(({ agents }) => [...agents]));
    return {
      agents: [...agents.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      mistakes: layers.flatMap(({ mistakes }) => mistakes),
    };
  }

  /** `not_found` names those that there are. */
  async find(store: Store, place: AgentPlace, id: string): Promise<Result<{ agent: KnownAgent }>> {
    const { agents } = await this.of(store, place);
    const agent = agents.find(each => each.id === id);
    if (agent) return { ok: true, agent };
    const names = agents.map(each => each.id).join(', ');
    return failure('not_found', `There is no agent ${id} here. There are: ${names}.`);
  }
}
