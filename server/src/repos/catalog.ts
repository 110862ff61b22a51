import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DeckhandError, type RepoInfo } from '@deckhand/shared';
import { watch } from 'chokidar';
import { z } from 'zod';

export const RepoConfig = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/i, 'letters, digits and . _ - only'),
  /** Anything git can clone: https, ssh, or the path of a (bare) repository. */
  url: z.string().min(1),
  description: z.string().default(''),
  aliases: z.array(z.string()).default([]),
  channels: z.array(z.string()).default([]),
  pages: z.array(z.string()).default([]),
  /** The remote's default branch where absent. */
  baseBranch: z.string().optional(),
  /** Whether commits carry `Signed-off-by` of whose they are; where absent, as the repository itself asks. */
  signOff: z.boolean().optional(),
});
export type RepoConfig = z.infer<typeof RepoConfig>;
/** One that a host tells of, with every place (as of `placeIn`) it has been in, oldest first. */
export type FoundRepo = RepoConfig & { places: string[] };

export const ReposFile = z
  .strictObject({ repos: z.array(RepoConfig) })
  .refine(file => new Set(file.repos.map(repo => repo.id)).size === file.repos.length, 'ids must be unique');

/** Parses repos.json; the error names the file and the key that is wrong. */
export function parseReposFile(path: string, text: string): RepoConfig[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new DeckhandError('bad_request', `${path} is not JSON: ${(error as Error).message}`);
  }
  const parsed = ReposFile.safeParse(json);
  if (parsed.success) return parsed.data.repos;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') || 'the file';
  throw new DeckhandError('bad_request', `${path}: ${where}: ${issue?.message ?? 'not as documented'}`);
}

/** `host/owner/name` of a url that git takes, in lower case: two ways to write the same url are one. */
export const placeIn = (url: string) =>
  url
    .replace(/^\w+:\/\//, '')
    .replace(/^[^@/]+@/, '')
    .replace(/^([^/:]+):(?!\d)/, '$1/')
    .replace(/(\.git)?\/?$/, '')
    .toLowerCase();

const isGitHub = (url: string, githubHost: string) =>
  new RegExp(`^(https?://|git@|ssh://git@)${githubHost.replaceAll('.', '\\.')}[/:]`).test(url);

/** The repositories that Deckhand knows, kept up to date with repos.json while the server runs. */
export class RepoCatalog {
  #path: string;
  #githubHost: string;
  #named: RepoConfig[] = [];
  #found: FoundRepo[] = [];
  #repos = new Map<string, RepoConfig>();
  #watcher: ReturnType<typeof watch> | undefined;
  #onChange: (error: Error | null) => void;

  constructor(path: string, githubHost: string, onChange: (error: Error | null) => void) {
    this.#path = path;
    this.#githubHost = githubHost;
    this.#onChange = onChange;
  }

  async start(): Promise<void> {
    await this.#load();
    // The folder, since the file may not be there yet. An editor saves through a rename, and in pieces: waiting for
    // the write to finish avoids reading half a file.
    const folder = dirname(this.#path);
    this.#watcher = watch(folder, {
      depth: 0,
      ignored: path => path !== folder && path !== this.#path,
      ignoreInitial: true,
      awaitWriteFinish: { stabilityThreshold: 100, pollInterval: 25 },
    });
    const reload = () =>
      this.#load().then(
        () => this.#onChange(null),
        error => this.#onChange(error as Error),
      );
    this.#watcher.on('change', reload).on('add', reload);
    this.#watcher.on('error', error => this.#onChange(error as Error));
    // Until it is ready a change would go unseen.
    await once(this.#watcher, 'ready');
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
  }

  /** What hosts tell of besides what repos.json names. */
  setFound(found: FoundRepo[]): void {
    if (JSON.stringify(found) === JSON.stringify(this.#found)) return;
    this.#found = found;
    this.#merge();
    this.#onChange(null);
  }

  /** Whether repos.json names it: such are made ready before anybody asks. */
  isNamed(repoId: string): boolean {
    return this.#named.some(({ id }) => id === repoId);
  }

  list(): RepoConfig[] {
    return [...this.#repos.values()];
  }

  /** By id, or by an alias that only one repository has. */
  find(name: string): RepoConfig | null {
    const byId = this.#repos.get(name);
    if (byId) return byId;
    const wanted = name.toLowerCase();
    const named = this.list().filter(
      repo => repo.id.toLowerCase() === wanted || repo.aliases.some(alias => alias.toLowerCase() === wanted),
    );
    return named.length === 1 ? (named[0] ?? null) : null;
  }

  hostOf(repo: RepoConfig): 'local' | 'github' {
    return isGitHub(repo.url, this.#githubHost) ? 'github' : 'local';
  }

  info(repo: RepoConfig): RepoInfo {
    const { id, description, aliases, pages, baseBranch } = repo;
    return { id, description, aliases, pages, baseBranch: baseBranch ?? null, host: this.hostOf(repo) };
  }

  /** A broken file keeps what was known before in service. */
  async #load(): Promise<void> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{"repos":[]}';
      throw error;
    });
    this.#named = parseReposFile(this.#path, text);
    this.#merge();
  }

  /** Those of repos.json, then those that were found and are none of them. */
  #merge(): void {
    this.#repos = new Map(this.#named.map(repo => [repo.id, repo]));
    const places = new Set(this.#found.map(({ url }) => placeIn(url)));
    for (const { places: had, ...repo } of this.#found) {
      const place = placeIn(repo.url);
      // Who named it knew it by a name that it had then, unless another has that name now.
      const isIt = (at: string) => at === place || (had.includes(at) && !places.has(at));
      const named = this.#named.filter(({ url }) => isIt(placeIn(url)));
      for (const each of named)
        if (placeIn(each.url) !== place) this.#repos.set(each.id, { ...each, url: repo.url });
      if (named.length > 0) continue;
      // By its first place: its id stays when it moves.
      const owned = (had[0] ?? place).split('/').slice(-2).join('-');
      const id = this.#repos.has(repo.id) ? owned : repo.id;
      if (!this.#repos.has(id)) this.#repos.set(id, { ...repo, id });
    }
  }
}
