import type { Logger } from 'pino';
import type { Users } from '../identity/users.ts';
import type { UserTokens } from '../identity/userTokens.ts';
import type { Blobs } from '../platform/blobs.ts';
import type { GithubApp } from '../repos/github/app.ts';
import type { Repos } from '../repos/repos.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import type { Store } from '../sessions/store/store.ts';

export type ChangePolicy = {
  /** Changes of people who have not linked GitHub are opened by the App, as drafts. */
  appDrafts: boolean;
  /** How often failed checks and conflicts of one change may make a prompt by themselves. */
  repairs: number;
};

export type ChangesDeps = {
  store: Store;
  blobs: Blobs;
  repos: Repos;
  /** Null: changes are branches. */
  app: GithubApp | null;
  users: Users;
  userTokens: UserTokens;
  /** Where people link GitHub; null where this server has no sign-in. */
  signInUrl: (() => string) | null;
  publicUrl: () => string;
  policy: ChangePolicy;
  /** What the App is called in mentions; empty where GitHub does not tell. */
  appSlug: () => Promise<string[]>;
  wake: Wake;
  clock: () => number;
  log: Logger;
};

/** The App reads all that is told of a change. */
export const toRead = {
  pull_requests: 'read',
  issues: 'read',
  checks: 'read',
  statuses: 'read',
  actions: 'read',
} as const;
