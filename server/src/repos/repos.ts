import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DeckhandError } from '@deckhand/shared';
import { placeIn, type RepoCatalog, type RepoConfig } from './catalog.ts';
import type { RepoHost } from './host.ts';
import { Mirror } from './mirror.ts';
import { isBeside } from './submodules.ts';

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
    const isFixed = this.catalog.isNamed(repo.id);
    const mirror = new Mirror(repo, join(this.#dir, `${repo.id}.git`), this.hostOf(repo), {
      isFixed,
      beside: url => this.#beside(repo, url),
    });
    this.#mirrors.set(repo.id, mirror);
    return mirror;
  }

  /**
   * Where a submodule comes from: a repository of the catalog, or one of the same owner on the same host. It is asked
   * with what reaches the repository that names it: by a GitHub App that means a token for the submodule alone, which
   * GitHub gives where the App is installed on it. Whoever may merge into that repository chooses its submodules, and
   * whoever sees it sees them.
   */
  #beside(of: RepoConfig, url: string): Mirror | null {
    const host = this.hostOf(of);
    const known = this.catalog.list().find(repo => placeIn(repo.url) === placeIn(url));
    if (known && this.hostOf(known) === this.#hosts.local) return this.mirror(known.id);
    if (!isBeside(of.url, url)) return null;
    if (known) return this.hostOf(known) === host ? this.mirror(known.id) : null;
    const from = host === this.#hosts.local ? url : hostedUrl(of.url, url);
    if (from === null) return null;
    const name = `submodule-${createHash('sha256').update(placeIn(url)).digest('hex').slice(0, 16)}`;
    const repo = { ...of, id: name, url: from, description: '', aliases: [], channels: [], pages: [] };
    delete repo.baseBranch;
    if (this.hostOf(repo) !== host) return null;
    const kept = this.#mirrors.get(name) ?? new Mirror(repo, join(this.#dir, `${name}.git`), host);
    this.#mirrors.set(name, kept);
    return kept;
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

/**
 * Where an App reaches a submodule, whatever form it is named in: over what reaches the repository that names it, where
 * a token is shown. Null for what is no repository of an owner there.
 */
function hostedUrl(of: string, url: string): string | null {
  const [, owner, name, ...more] = placeIn(url).split('/');
  return more.length === 0 && URL.canParse(of) ? `${new URL(of).origin}/${owner}/${name}.git` : null;
}
