import { failure, type Result, type Session } from '@deckhand/shared';
import type { Identity } from '../identity/identity.ts';
import type { Visibility } from '../identity/visibility.ts';
import type { RepoCatalog, RepoConfig } from '../repos/catalog.ts';
import type { Found, Wanted } from '../sessions/listing/findSessions.ts';
import type { SessionIndex } from '../sessions/listing/open.ts';
import { noSession } from '../sessions/queue/inbox.ts';
import { type Meta, readMeta, toSession } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';

export type VisibleDeps = {
  store: Store;
  catalog: RepoCatalog;
  visibility: Visibility;
  index: Pick<SessionIndex, 'find' | 'repos'>;
};
/** `fresh`: GitHub said so within the last minute. For what opens or changes something. */
type Freshness = { fresh?: boolean };

/** `partial`: not all was searched. */
export type SeenPage = {
  sessions: { session: Session; found: Found }[];
  after: string | null;
  partial: boolean;
};

/** What somebody may see. What they may not answers as what is not there. */
export type Visible = {
  session(who: Identity, sessionId: string, options?: Freshness): Promise<Result<{ meta: Meta }>>;
  sessions(
    who: Identity,
    wanted: Omit<Wanted, 'orgId' | 'repos' | 'theirs' | 'reader'> & { reader?: readonly string[] },
  ): Promise<Result<SeenPage>>;
  /** By id or alias; without a name the only one there is. */
  repo(who: Identity, name: string | undefined, options?: Freshness): Promise<Result<{ repo: RepoConfig }>>;
  repos(who: Identity): Promise<Result<{ repos: RepoConfig[] }>>;
  /** Those among these repositories that they may read. */
  readable(who: Identity, repoIds: readonly string[]): Promise<Result<{ ids: ReadonlySet<string | null> }>>;
  /** What is shown for long is asked for again this often. */
  recheckMs: number;
};

export function openVisible({ store, catalog, visibility, index }: VisibleDeps): Visible {
  const visible: Visible = {
    async session(who, sessionId, options) {
      const meta = await readMeta(store, sessionId);
      if (!meta || meta.orgId !== who.orgId) return noSession(sessionId);
      const seen = await visibility.mayRead(who, meta.repo, options);
      if (!seen.ok) return seen;
      return seen.may || isTheirs(who, meta) ? { ok: true, meta } : noSession(sessionId);
    },
    async sessions(who, wanted) {
      const everyRepo = [null, ...(await index.repos(who.orgId)), ...catalog.list().map(({ id }) => id)];
      const read = await visibility.readable(who, [...new Set(everyRepo)]);
      const page = await index.find({
        reader: [who.userId],
        ...wanted,
        orgId: who.orgId,
        repos: read.ok ? read.ids : new Set(),
        theirs: who.github ? null : who.userId,
      });
      const shown = await Promise.all(
        page.found.map(async found => {
          const meta = await readMeta(store, found.sessionId);
          return meta && meta.orgId === who.orgId ? [{ session: toSession(meta), found }] : [];
        }),
      );
      const sessions = shown.flat();
      return sessions.length === 0 && !read.ok ? read : { ok: true, ...page, sessions };
    },
    async repo(who, name, options) {
      const named = name === undefined ? null : catalog.find(name);
      const seen = named ? await visibility.mayRead(who, named.id, options) : null;
      if (seen && !seen.ok) return seen;
      if (named && seen?.may) return { ok: true, repo: named };
      const all = await visible.repos(who);
      if (!all.ok) return all;
      const [only, ...others] = all.repos;
      if (name === undefined && only && others.length === 0) return { ok: true, repo: only };
      return repoUnknown(all.repos, name);
    },
    async repos(who) {
      const all = catalog.list();
      const read = await visibility.readable(
        who,
        all.map(({ id }) => id),
      );
      return read.ok ? { ok: true, repos: all.filter(({ id }) => read.ids.has(id)) } : read;
    },
    readable: (who, repoIds) => visibility.readable(who, repoIds),
    recheckMs: visibility.accessMs / 2,
  };
  return visible;
}

/**
 * Whoever signed in is asked for at GitHub, always. Of somebody whom only Slack knows nothing can be asked: they see
 * what they wrote themselves, and nothing else of what is not everybody's.
 */
const isTheirs = (who: Identity, { authors }: Pick<Session, 'authors'>) =>
  !who.github && authors.some(({ userId }) => userId === who.userId);

function repoUnknown(repos: readonly RepoConfig[], name: string | undefined) {
  const known = repos.map(repo => repo.id);
  const names = known.length > 0 ? `Known: ${known.slice(0, 10).join(', ')}.` : 'repos.json names none yet.';
  return failure(
    'repo_unknown',
    name === undefined ? `Say which repository. ${names}` : `There is no repository ${name}. ${names}`,
  );
}
