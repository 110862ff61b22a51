import type { BareRepository } from '../../repos/bareRepository.ts';
import type { Repos } from '../../repos/repos.ts';
import { type AgentFile, type Defined, definedBy, nothingDefined } from './files.ts';
import type { AgentTerms } from './parseAgent.ts';

/** In a repository, at the newest commit of its base branch: never in a sandbox's tree, which an agent writes. */
export const repositoryAgentsPath = '.deckhand/agents';

const mostFiles = 50;

export type RepositoryAgentsDeps = {
  repos: Pick<Repos, 'mirror'>;
  terms: AgentTerms;
  onMistake: (message: string) => void;
};

/** What repositories define, each read once for each commit. */
export class RepositoryAgents {
  #deps: RepositoryAgentsDeps;
  #known = new Map<string, { sha: string; defined: Defined }>();

  constructor(deps: RepositoryAgentsDeps) {
    this.#deps = deps;
  }

  async of(repoId: string): Promise<Defined> {
    const { repos, terms, onMistake } = this.#deps;
    const mirror = repos.mirror(repoId);
    const base = await mirror.knownBase();
    if (!base) return nothingDefined;
    const before = this.#known.get(repoId);
    if (before?.sha === base.sha) return before.defined;
    const files = await filesAt(mirror, { sha: base.sha, repoId });
    const defined = definedBy(files, {
      layer: 'repository',
      before: before?.defined ?? nothingDefined,
      terms,
    });
    for (const { message } of defined.mistakes) onMistake(`${message} (commit ${base.sha.slice(0, 12)})`);
    this.#known.set(repoId, { sha: base.sha, defined });
    return defined;
  }
}

async function filesAt(
  mirror: BareRepository,
  { sha, repoId }: { sha: string; repoId: string },
): Promise<AgentFile[]> {
  const listed = await mirror.git([
    'ls-tree',
    ...['--name-only', '-z', '--end-of-options'],
    ...[sha, `${repositoryAgentsPath}/`],
  ]);
  if (!listed.ok) throw new Error(`${repositoryAgentsPath} of commit ${sha} cannot be listed`);
  const paths = listed.stdout.split('\0').filter(path => path.endsWith('.md'));
  return Promise.all(
    paths.slice(0, mostFiles).map(async path => ({
      id: path.slice(repositoryAgentsPath.length + 1, -'.md'.length),
      source: `${path} of ${repoId}`,
      text: (await mirror.readFile(sha, path)) ?? '',
    })),
  );
}
