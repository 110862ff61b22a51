import type { Logger } from 'pino';
import type { IdentityServices } from '../identity/compose.ts';
import type { Blobs } from '../platform/blobs.ts';
import type { GithubApp } from '../repos/github/app.ts';
import { reposPushed } from '../repos/pushed.ts';
import type { Repos } from '../repos/repos.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import type { Store } from '../sessions/store/store.ts';
import type { ChangesDeps } from './deps.ts';
import { type Changes, startChanges } from './followChanges.ts';
import { type ChangeTools, changeTools } from './tools.ts';

export type ChangeServiceDeps = {
  config: { DECKHAND_APP_DRAFTS: boolean; DECKHAND_REPAIRS: number; DECKHAND_CHANGES_EVERY_MS: number };
  store: Store;
  opened: () => Store;
  blobs: Blobs;
  repos: Repos;
  app: GithubApp | null;
  identity: IdentityServices;
  publicUrl: () => string;
  wake: Wake;
  /** New commits are on a repository's base branch. */
  onPush: (repoId: string) => Promise<void>;
  /** The App is installed on other repositories than before. */
  onInstallations: () => Promise<void>;
  clock: () => number;
  log: Logger;
};

export type ChangeServices = Changes & {
  /** Of the agent. */
  tools: ChangeTools;
};

/** All that has to do with changes after their push, composed. */
export async function openChanges(options: ChangeServiceDeps): Promise<ChangeServices> {
  const { config, store, repos, app, identity, publicUrl, wake, clock, log } = options;
  const deps: ChangesDeps = {
    store,
    blobs: options.blobs,
    repos,
    app,
    users: identity.users,
    userTokens: identity.userTokens,
    signInUrl: identity.signIn ? identity.signInUrl : null,
    publicUrl,
    policy: { appDrafts: config.DECKHAND_APP_DRAFTS, repairs: config.DECKHAND_REPAIRS },
    appSlug: slugOf(app),
    wake,
    clock,
    log,
  };
  const everyMs = app ? config.DECKHAND_CHANGES_EVERY_MS : 0;
  const changes = await startChanges({ ...deps, opened: options.opened, everyMs });
  identity.onLinked(() => changes.lookAtWaiting());
  return {
    ...changes,
    tools: changeTools(deps),
    async hear(hints) {
      for (const hint of hints) {
        if (hint.kind === 'revoked') await identity.userTokens.revoke(hint.githubId);
        if (hint.kind === 'installations') await options.onInstallations();
        if (hint.kind === 'push' && hint.after !== null)
          for (const repoId of reposPushed(repos.catalog, hint)) {
            await options.onPush(repoId);
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
