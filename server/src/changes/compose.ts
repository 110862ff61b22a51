import type { Logger } from 'pino';
import type { People } from '../identity/people.ts';
import type { Blobs } from '../platform/blobs.ts';
import type { GithubApp } from '../repos/github/app.ts';
import { reposPushed } from '../repos/pushed.ts';
import type { Repos } from '../repos/repos.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import type { Store } from '../sessions/store/store.ts';
import type { ChangesDeps } from './deps.ts';
import { type Changes, startChanges } from './followChanges.ts';
import type { Hint } from './hints.ts';

export type ChangeServiceDeps = {
  config: { DECKHAND_APP_DRAFTS: boolean; DECKHAND_REPAIRS: number; DECKHAND_CHANGES_EVERY_MS: number };
  store: Store;
  opened: () => Store;
  blobs: Blobs;
  repos: Repos;
  app: GithubApp | null;
  people: People;
  publicUrl: () => string;
  wake: Wake;
  /** New commits are on a repository's base branch. */
  onPush: (repoId: string) => Promise<void>;
  /** The App is installed on other repositories than before. */
  onInstallations: () => Promise<void>;
  clock: () => number;
  log: Logger;
};

export type ChangeServices = {
  deps: ChangesDeps;
  changes: Changes;
  /** What webhooks give reason for, done. */
  hear(hints: Hint[]): Promise<void>;
};

/** All that has to do with changes after their push, composed. */
export async function openChanges(room: ChangeServiceDeps): Promise<ChangeServices> {
  const { config, store, repos, app, people, publicUrl, wake, clock, log } = room;
  const deps: ChangesDeps = {
    store,
    blobs: room.blobs,
    repos,
    app,
    users: people.users,
    userTokens: people.userTokens,
    signInUrl: people.signIn ? people.signInUrl : null,
    publicUrl,
    policy: { appDrafts: config.DECKHAND_APP_DRAFTS, repairs: config.DECKHAND_REPAIRS },
    appSlug: slugOf(app),
    wake,
    clock,
    log,
  };
  const everyMs = app ? config.DECKHAND_CHANGES_EVERY_MS : 0;
  const changes = await startChanges({ ...deps, opened: room.opened, everyMs });
  people.onLinked(() => changes.lookAtWaiting());
  return {
    deps,
    changes,
    async hear(hints) {
      for (const hint of hints) {
        if (hint.kind === 'revoked') await people.userTokens.revoke(hint.githubId);
        if (hint.kind === 'installations') await room.onInstallations();
        if (hint.kind === 'push' && hint.after !== null)
          for (const repoId of reposPushed(repos.catalog, hint)) {
            await room.onPush(repoId);
            await changes.lookAtRepo(repoId);
          }
      }
      await changes.hear(hints);
    },
  };
}

/** Asked once; a server that starts while GitHub is away asks again. */
function slugOf(app: GithubApp | null): () => Promise<string[]> {
  let slug: string | undefined;
  return async () => {
    if (!app) return [];
    slug ??= (await app.octokit.request('GET /app').catch(() => null))?.data?.slug;
    return slug ? [slug] : [];
  };
}
