import { failure, type Result, type Session } from '@deckhand/shared';
import type { Identity } from '../identity/identity.ts';
import type { Visibility } from '../identity/visibility.ts';
import type { RepoCatalog, RepoConfig } from '../repos/catalog.ts';
import { listSessions } from '../sessions/list.ts';
import { noSession } from '../sessions/queue/inbox.ts';
import { type Meta, readMeta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';

export type VisibleDeps = { store: Store; catalog: RepoCatalog; visibility: Visibility };
/** `fresh`: GitHub said so within the last minute. For what opens or changes something. */
type Freshness = { fresh?: boolean };

/** What somebody may see. What they may not answers as what is not there. */
export type Visible = {
  session(who: Identity, sessionId: string, options?: Freshness): Promise<Result<{ meta: Meta }>>;
  sessions(
    who: Identity,
    page: { after?: string | undefined; limit: number },
  ): Promise<Result<{ sessions: Session[]; after: string | null }>>;
  /** By id or alias; without a name the only one there is. */
  repo(who: Identity, name: string | undefined, options?: Freshness): Promise<Result<{ repo: RepoConfig }>>;
  repos(who: Identity): Promise<Result<{ repos: RepoConfig[] }>>;
  /** Those among these repositories that they may read. */
  readable(who: Identity, repoIds: readonly string[]): Promise<Result<{ ids: ReadonlySet<string | null> }>>;
  /** What is shown for long is asked for again this often. */
  recheckMs: number;
};

export function openVisible({ store, catalog, visibility }: VisibleDeps): Visible {
  const visible: Visible = {
    async session(who, sessionId, options) {
      const meta = await readMeta(store, sessionId);
      if (!meta || meta.orgId !== who.orgId) return noSession(sessionId);
      const seen = await visibility.mayRead(who, meta.repo, options);
      if (!seen.ok) return seen;
      return seen.may || isTheirs(who, meta) ? { ok: true, meta } : noSession(sessionId);
    },
    async sessions(who, { after, limit }) {
      let unanswered: Result | null = null;
      const those = async (found: Session[]) => {
        const read = await visibility.readable(
          who,
          found.map(({ repo }) => repo),
        );
        if (!read.ok) unanswered = read;
        return found.filter(session => (read.ok && read.ids.has(session.repo)) || isTheirs(who, session));
      };
      const page = await listSessions(store, who.orgId, { after, limit, visible: those });
      return page.sessions.length === 0 && unanswered ? unanswered : { ok: true, ...page };
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
