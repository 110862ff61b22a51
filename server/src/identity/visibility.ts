import type { Result } from '@deckhand/shared';
import { singleFlight } from '../platform/singleFlight.ts';
import type { RepoCatalog } from '../repos/catalog.ts';
import { parseGithubUrl } from '../repos/github/place.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Access, GithubAccounts, Place } from './githubAccounts.ts';
import { troubleOf } from './githubFailures.ts';
import { type Identity, may } from './identity.ts';
import { githubDown, type UserTokens } from './userTokens.ts';

/** What GitHub said, and when; `denials`: how often in a row it said no. */
type Known = { access: Access; atMs: number; etag: string | null; denials: number };

export type VisibilityOptions = {
  store: Store;
  catalog: RepoCatalog;
  userTokens: UserTokens;
  /** Null: this server has no sign-in with GitHub. */
  github: GithubAccounts | null;
  /** How long GitHub's word counts. */
  accessMs: number;
  clock: () => number;
};

const minuteMs = 60_000;
/** While GitHub does not answer, its last word counts for this long. */
const staleMs = 60 * minuteMs;
/** Who is told no again and again is not asked about each minute. */
const longestDenialMs = 15 * minuteMs;
/** Whom GitHub did not answer for is not asked about again for this long: nobody waits for each time-out. */
const pauseMs = 15_000;
const askedAtOnce = 8;

const accessKey = (userId: string) => `dh:access:${userId}`;

/** Who may see what: for repositories on GitHub whoever may read them there, asked with their own token. */
export class Visibility {
  #options: VisibilityOptions;
  #asking = singleFlight<string, Result<{ access: Access }>>();
  #pausedUntilMs = new Map<string, number>();

  constructor(options: VisibilityOptions) {
    this.#options = options;
  }

  /** How long what was asked for once may go on without being asked again. */
  get accessMs(): number {
    return this.#options.accessMs;
  }

  /**
   * What this identity may do with a repository of the catalog. `fresh`: by what GitHub said within the last minute.
   */
  async access(
    who: Identity,
    repoId: string | null,
    { fresh = false }: { fresh?: boolean } = {},
  ): Promise<Result<{ access: Access }>> {
    const place = this.#placeOf(who, repoId);
    if (place === 'open') return { ok: true, access: may(who, 'write') ? 'write' : 'read' };
    if (place === 'closed') return { ok: true, access: 'nothing' };
    const known = parse(await this.#options.store.hget(accessKey(who.userId), fieldOf(place)));
    return this.#from(who.userId, place, known, fresh);
  }

  async mayRead(
    who: Identity,
    repoId: string | null,
    options: { fresh?: boolean } = {},
  ): Promise<Result<{ may: boolean }>> {
    const found = await this.access(who, repoId, options);
    return found.ok ? { ok: true, may: found.access !== 'nothing' } : found;
  }

  /** Those that this identity may read. Where GitHub does not answer for some, they are left out. */
  async readable(
    who: Identity,
    repoIds: readonly (string | null)[],
  ): Promise<Result<{ ids: Set<string | null> }>> {
    const ids = new Set<string | null>();
    const asked: { repoId: string | null; place: Place }[] = [];
    for (const repoId of new Set(repoIds)) {
      const place = this.#placeOf(who, repoId);
      if (place === 'open') ids.add(repoId);
      else if (place !== 'closed') asked.push({ repoId, place });
    }
    if (asked.length === 0) return { ok: true, ids };
    const fields = asked.map(({ place }) => fieldOf(place));
    const known = await this.#options.store.hmget(accessKey(who.userId), ...fields);
    let unanswered: Result | null = null;
    const next = asked.entries();
    const work = async () => {
      for (const [n, { repoId, place }] of next) {
        const found = await this.#from(who.userId, place, parse(known[n]), false);
        if (!found.ok) unanswered = found;
        else if (found.access !== 'nothing') ids.add(repoId);
      }
    };
    await Promise.all(Array.from({ length: askedAtOnce }, work));
    return ids.size === 0 && unanswered ? unanswered : { ok: true, ids };
  }

  /** GitHub is asked anew about everything that this user may do. */
  async forget(userId: string): Promise<void> {
    await this.#options.store.del(accessKey(userId));
  }

  /** Where GitHub must be asked; else whether everybody may, or nobody. */
  #placeOf(who: Identity, repoId: string | null): Place | 'open' | 'closed' {
    // A person at the machine, or a token with all rights.
    if (!who.github && may(who, 'admin')) return 'open';
    if (repoId === null) return 'open';
    const { catalog } = this.#options;
    const repo = catalog.find(repoId);
    // It left the catalog: nobody can be asked who may read it.
    if (!repo) return 'closed';
    if (catalog.hostOf(repo) !== 'github') return 'open';
    return (who.github && parseGithubUrl(repo.url)) || 'closed';
  }

  async #from(
    userId: string,
    place: Place,
    known: Known | null,
    fresh: boolean,
  ): Promise<Result<{ access: Access }>> {
    if (known && this.#options.clock() - known.atMs < this.#goodForMs(known, fresh))
      return { ok: true, access: known.access };
    if (this.#options.clock() < (this.#pausedUntilMs.get(userId) ?? 0)) return this.#stale(known);
    const key = `${userId} ${fieldOf(place)}`;
    return this.#asking.run(key, () => this.#ask(userId, place, known));
  }

  #goodForMs({ access, denials }: Known, fresh: boolean): number {
    const { accessMs } = this.#options;
    const shortMs = Math.min(minuteMs, accessMs);
    if (fresh) return shortMs;
    return access === 'nothing' ? Math.min(shortMs * 2 ** (denials - 1), longestDenialMs) : accessMs;
  }

  async #ask(userId: string, place: Place, known: Known | null): Promise<Result<{ access: Access }>> {
    const { github, userTokens, clock } = this.#options;
    if (!github) return { ok: true, access: 'nothing' };
    const atMs = clock();
    try {
      const asked = await userTokens.asUser(userId, (_, token) =>
        github.access(token, place, known?.etag ?? null),
      );
      if (!asked.ok) return asked.code === 'unauthorized' ? asked : this.#unanswered(userId, known);
      const { access, etag } = asked.value ?? known ?? { access: 'nothing' as const, etag: null };
      return await this.#note(userId, place, { access, etag, atMs, denials: 0 });
    } catch (error) {
      if (troubleOf(error) !== 'denied') return this.#unanswered(userId, known);
      const denials = (known?.denials ?? 0) + 1;
      return this.#note(userId, place, { access: 'nothing', etag: null, atMs, denials });
    }
  }

  async #note(userId: string, place: Place, known: Known): Promise<Result<{ access: Access }>> {
    const key = accessKey(userId);
    const { store } = this.#options;
    this.#pausedUntilMs.delete(userId);
    await store.multi().hset(key, fieldOf(place), JSON.stringify(known)).pexpire(key, staleMs).exec();
    return { ok: true, access: known.access };
  }

  #unanswered(userId: string, known: Known | null): Result<{ access: Access }> {
    this.#pausedUntilMs.set(userId, this.#options.clock() + pauseMs);
    return this.#stale(known);
  }

  #stale(known: Known | null): Result<{ access: Access }> {
    if (known && this.#options.clock() - known.atMs < staleMs) return { ok: true, access: known.access };
    return githubDown();
  }
}

const fieldOf = ({ owner, name }: Place) => `${owner}/${name}`.toLowerCase();

const parse = (text: string | null | undefined): Known | null => (text ? (JSON.parse(text) as Known) : null);
