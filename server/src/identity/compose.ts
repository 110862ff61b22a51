import type { Author, Role } from '@deckhand/shared';
import type { Logger } from 'pino';
import { createCipher } from '../platform/cipher.ts';
import type { RepoCatalog } from '../repos/catalog.ts';
import type { Store } from '../sessions/store/store.ts';
import { type Act, actingWith, type Look, lookingWith } from './acting.ts';
import { Admission, type AllowLists } from './admission.ts';
import { ExtensionTokens } from './extensionTokens.ts';
import { githubAccounts } from './githubAccounts.ts';
import { GithubSignIn } from './githubSignIn.ts';
import type { Identity } from './identity.ts';
import type { LocalUser } from './localUser.ts';
import { roleOf } from './roles.ts';
import { type OwnSignature, type SignatureOf, signaturesOf } from './signatures.ts';
import { type FindUser, type ServiceToken, Tokens } from './tokens.ts';
import { identityOf, Users } from './users.ts';
import { UserTokens } from './userTokens.ts';
import { Visibility } from './visibility.ts';

/** Of the configuration, what identity goes by. */
export type IdentitySettings = {
  /** Null: nobody signs in with GitHub. */
  signIn: { clientId: string; clientSecret: string; allow: AllowLists } | null;
  DECKHAND_ACCESS_MS: number;
  GITHUB_API_URL: string;
  GITHUB_URL: string;
};

export type IdentityOptions = {
  config: IdentitySettings;
  store: Store;
  /** Of this installation. */
  secret: string;
  /** The person at this machine. */
  local: LocalUser;
  services: ServiceToken[];
  catalog: RepoCatalog;
  publicUrl: () => string;
  clock: () => number;
  log: Logger;
};

export type IdentityServices = {
  users: Users;
  /** In whose name commits are. */
  signatureOf: SignatureOf;
  /** What somebody is now: who may not sign in any more is a viewer, whom only another place knows a member. */
  roleOf: (userId: string) => Promise<Role>;
  /** Somebody's identity as it is now, by who wrote something; null where they may not do anything any more. */
  identityOf: (author: Author) => Promise<Identity | null>;
  /** The same while no account of GitHub is known. */
  ownSignature: OwnSignature;
  tokens: Tokens;
  /** Of sidebars. */
  extensionTokens: ExtensionTokens;
  userTokens: UserTokens;
  visibility: Visibility;
  act: Act;
  /** Who reads, where a token reads for somebody. */
  look: Look;
  /** Null: this server has no sign-in with GitHub. */
  signIn: GithubSignIn | null;
  /** Where somebody signs in with GitHub. */
  signInUrl: () => string;
  /** Calls back when somebody linked GitHub, or another account with it. */
  onLinked(heard: () => Promise<void>): void;
  linked(): void;
};

/** Everybody who uses this server: how they sign in, what they may do and see. */
export function openIdentity(options: IdentityOptions): IdentityServices {
  const { config, store, secret, catalog, publicUrl, clock, log } = options;
  const listeners: (() => Promise<void>)[] = [];
  const linked = () => {
    for (const heard of listeners)
      void heard().catch(error =>
        log.warn({ err: error }, 'somebody linked GitHub, and not all heard of it'),
      );
  };
  const settings = config.signIn;
  const accessMs = config.DECKHAND_ACCESS_MS;
  const signInUrl = () => `${publicUrl()}/auth/github`;
  const lists = settings?.allow ?? { orgs: [], teams: [], users: [], admins: [] };
  const github =
    settings &&
    githubAccounts({
      apiUrl: config.GITHUB_API_URL.replace(/\/$/, ''),
      webUrl: config.GITHUB_URL.replace(/\/$/, ''),
      clientId: settings.clientId,
      clientSecret: settings.clientSecret,
    });
  const users = new Users({ store, admins: new Set(lists.admins), clock });
  const cipher = createCipher(secret, 'deckhand user tokens');
  const userTokens = new UserTokens({ store, users, github, cipher, signInUrl, clock, log });
  const visibility = new Visibility({ store, catalog, userTokens, github, accessMs, clock });
  const admission = github && new Admission({ lists, github, users, userTokens, accessMs, clock, log });
  const find: FindUser = async userId => {
    const user = await users.get(userId);
    if (!user || !admission?.holds(user)) return null;
    await users.seen(userId);
    return { identity: identityOf(user), era: user.era };
  };
  const tokens = new Tokens(store, { local: options.local.identity, find }, options.services);
  const stateCipher = createCipher(secret, 'deckhand sign-in');
  const signIn =
    github &&
    admission &&
    new GithubSignIn({
      store,
      github,
      admission,
      users,
      userTokens,
      visibility,
      tokens,
      cipher: stateCipher,
      lists,
      publicUrl,
      onSignedIn: linked,
      clock,
      log,
    });
  return {
    users,
    async identityOf(author) {
      const { local, services } = options;
      const own = [local.identity, ...services.map(({ identity }) => identity)];
      const known = own.find(({ userId }) => userId === author.userId);
      if (known) return known;
      const user = await users.get(author.userId);
      if (user) return admission?.holds(user) ? identityOf(user) : null;
      // Of somebody whom only another place knows nothing can be asked: what everybody may see is theirs.
      return { ...author, orgId: local.identity.orgId, scopes: ['read', 'write'] };
    },
    async roleOf(userId) {
      if (userId === options.local.identity.userId) return roleOf(options.local.identity);
      const user = await users.get(userId);
      if (!user) return 'member';
      return admission?.holds(user) ? user.role : 'viewer';
    },
    ...signaturesOf(users, {
      webUrl: config.GITHUB_URL,
      publicUrl,
      local: options.local,
    }),
    tokens,
    extensionTokens: new ExtensionTokens(store),
    userTokens,
    visibility,
    act: actingWith(users),
    look: lookingWith(users),
    signIn,
    signInUrl,
    onLinked: heard => void listeners.push(heard),
    linked,
  };
}
