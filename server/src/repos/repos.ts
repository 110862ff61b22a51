import { join } from 'node:path';
import { DeckhandError } from '@deckhand/shared';
import type { RepoCatalog, RepoConfig } from './catalog.ts';
import type { RepoHost } from './host.ts';
import { Mirror } from './mirror.ts';

export type Hosts = { local: RepoHost; github: RepoHost | null };

/** Repositories by id, each with its mirror and its host. */
export class Repos {
  readonly catalog: RepoCatalog;
  #hosts: Hosts;
  #dir: string;
  #mirrors = new Map<string, Mirror>();

  constructor(catalog: RepoCatalog, hosts: Hosts, dir: string) {
    this.catalog = catalog;
    this.#hosts = hosts;
    this.#dir = dir;
  }

  hostOf(repo: RepoConfig): RepoHost {
    // Without an App, a public GitHub repository is still one that git can clone.
    return (this.catalog.hostOf(repo) === 'github' && this.#hosts.github) || this.#hosts.local;
  }

  /** The repository of a session that named none: only where there is no choice. */
  onlyRepo(): RepoConfig | null {
    const [first, ...others] = this.catalog.list();
    return others.length === 0 ? (first ?? null) : null;
  }

  mirror(repoId: string): Mirror {
    const repo = this.catalog.find(repoId);
    if (!repo) throw new DeckhandError('repo_unknown', `Repository ${repoId} is no longer in repos.json.`);
    const known = this.#mirrors.get(repo.id);
    if (known && known.repo.url === repo.url && known.repo.baseBranch === repo.baseBranch) return known;
    const mirror = new Mirror(repo, join(this.#dir, `${repo.id}.git`), this.hostOf(repo));
    this.#mirrors.set(repo.id, mirror);
    return mirror;
  }

  /** Clones or refreshes these, one after the other, so that first prompts find them there. */
  async warm(
    repoIds: readonly string[],
    report: (repoId: string, message: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (const repoId of repoIds) {
      if (signal.aborted) return;
      const fetched = await this.mirror(repoId).fetch(60_000);
      if (!fetched.ok) report(repoId, fetched.message);
    }
  }
}
