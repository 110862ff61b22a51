import type { OnBehalfOf, Role, UserInfo } from '@deckhand/shared';
import { Role as RoleSchema } from '@deckhand/shared';
import type { Store } from '../sessions/store/store.ts';
import type { GithubAccount, Identity } from './identity.ts';
import { scopesOf } from './roles.ts';

export type User = {
  userId: string;
  name: string;
  role: Role;
  github: GithubAccount;
  /** Browsers that were signed in under an earlier one are signed out. */
  era: number;
  createdAtMs: number;
  seenAtMs: number;
  /** When GitHub last said that they belong to those who may sign in. */
  allowedAtMs: number;
  /** Of the lists of who may sign in, as GitHub said at that time: `org/team`, or organisations where none. */
  teams: readonly string[];
};

/** An account elsewhere: `{provider: 'slack', id: 'T1/U1'}`, `{provider: 'github', id: '42'}`. */
export type Account = Pick<OnBehalfOf, 'provider' | 'id'>;

export const githubUserId = (githubId: number) => `usr_gh${githubId}`;

const userKey = (userId: string) => `dh:user:${userId}`;
/** hash: login in lower case -> userId */
const loginsKey = 'dh:user-logins';
/** hash: provider:id -> userId */
const linksKey = 'dh:user-links';
/** sorted set: userId by time of last sign-in */
const usersKey = 'dh:users';

/** What is not known now stays as it was. */
const teamsField = (teams: readonly string[] | null) =>
  teams === null ? {} : { teams: JSON.stringify(teams) };

const fieldOf = ({ provider, id }: Account) => `${provider}:${id}`;

export type UsersOptions = {
  store: Store;
  /** Logins, in lower case, of those who are admins whatever their record says. */
  admins: ReadonlySet<string>;
  clock: () => number;
};

/** Everybody who ever signed in with GitHub, and which accounts elsewhere are theirs. */
export class Users {
  #store: Store;
  #admins: ReadonlySet<string>;
  #clock: () => number;
  #seenAtMs = new Map<string, number>();

  constructor({ store, admins, clock }: UsersOptions) {
    this.#store = store;
    this.#admins = admins;
    this.#clock = clock;
  }

  /** Somebody signed in: their record is made, or brought up to date with what GitHub says. */
  async signedIn(account: GithubAccount, teams: readonly string[] | null = null): Promise<User> {
    const userId = githubUserId(account.id);
    const nowMs = this.#clock();
    const before = await this.get(userId);
    const login = account.login.toLowerCase();
    const renamed = before && before.github.login.toLowerCase() !== login;
    const write = this.#store.multi().hset(userKey(userId), {
      name: account.name,
      githubId: account.id,
      login: account.login,
      avatarUrl: account.avatarUrl ?? '',
      seenAtMs: nowMs,
      allowedAtMs: nowMs,
      ...teamsField(teams),
    });
    write.hsetnx(userKey(userId), 'createdAtMs', nowMs).hsetnx(userKey(userId), 'role', 'member');
    write.hsetnx(userKey(userId), 'era', 1);
    write.hset(loginsKey, login, userId).zadd(usersKey, nowMs, userId);
    const owner = renamed && (await this.#store.hget(loginsKey, before.github.login.toLowerCase()));
    if (renamed && owner === userId) write.hdel(loginsKey, before.github.login.toLowerCase());
    await write.exec();
    const user = await this.get(userId);
    if (!user) throw new Error(`the record of ${userId} is not there`);
    return user;
  }

  async get(userId: string): Promise<User | null> {
    const hash = await this.#store.hgetall(userKey(userId));
    return hash.githubId ? this.#parse(userId, hash) : null;
  }

  byGithubId(githubId: number): Promise<User | null> {
    return this.get(githubUserId(githubId));
  }

  async byLogin(login: string): Promise<User | null> {
    const userId = await this.#store.hget(loginsKey, login.toLowerCase());
    return userId ? this.get(userId) : null;
  }

  /** Whose account elsewhere this is, where somebody known has it. */
  async resolve(account: Account): Promise<User | null> {
    if (account.provider === 'github') return /^\d+$/.test(account.id) ? this.byGithubId(+account.id) : null;
    const userId = await this.#store.hget(linksKey, fieldOf(account));
    return userId ? this.get(userId) : null;
  }

  /** From now on what that account does is this user's. The caller has made sure that it is theirs. */
  async link(account: Account, userId: string): Promise<void> {
    await this.#store.hset(linksKey, fieldOf(account), userId);
  }

  async unlink(account: Account): Promise<void> {
    await this.#store.hdel(linksKey, fieldOf(account));
  }

  /** Accounts of a place that we are no longer part of are nobody's. Ids there begin with `workspace/`. */
  async unlinkAll(provider: string, workspace: string): Promise<void> {
    const all = await this.#store.hkeys(linksKey);
    const theirs = all.filter(field => field.startsWith(`${provider}:${workspace}/`));
    if (theirs.length > 0) await this.#store.hdel(linksKey, ...theirs);
  }

  /** Accounts elsewhere that are theirs, as `provider:id`. */
  async accountsOf(userId: string): Promise<string[]> {
    const all = await this.#store.hgetall(linksKey);
    return Object.keys(all).filter(field => all[field] === userId);
  }

  async forgetLogin(login: string): Promise<void> {
    await this.#store.hdel(loginsKey, login);
  }

  /** Those who signed in last first. */
  async list(): Promise<User[]> {
    const ids = await this.#store.zrevrange(usersKey, 0, -1);
    const found = await Promise.all(ids.map(userId => this.get(userId)));
    return found.filter(user => user !== null);
  }

  /** DECKHAND_ADMINS names them: no record of ours takes that back. */
  isNamedAdmin(login: string): boolean {
    return this.#admins.has(login.toLowerCase());
  }

  async setRole(userId: string, role: Role): Promise<void> {
    await this.#store.hset(userKey(userId), 'role', role);
  }

  async allowed(userId: string, teams: readonly string[] | null): Promise<void> {
    const fields = { allowedAtMs: this.#clock(), ...teamsField(teams) };
    await this.#store.hset(userKey(userId), fields);
  }

  /** Every browser of theirs is signed out. */
  async signOutEverywhere(userId: string): Promise<void> {
    await this.#store.hincrby(userKey(userId), 'era', 1);
  }

  /** They are here; written down once a minute. */
  async seen(userId: string): Promise<void> {
    const nowMs = this.#clock();
    if (nowMs - (this.#seenAtMs.get(userId) ?? 0) < 60_000) return;
    this.#seenAtMs.set(userId, nowMs);
    await this.#store.hset(userKey(userId), 'seenAtMs', nowMs);
  }

  #parse(userId: string, hash: Record<string, string>): User {
    const { name = '', login = '' } = hash;
    const role = this.isNamedAdmin(login) ? 'admin' : RoleSchema.parse(hash.role);
    return {
      userId,
      name,
      role,
      github: { id: Number(hash.githubId), login, name, avatarUrl: hash.avatarUrl || null },
      era: Number(hash.era),
      createdAtMs: Number(hash.createdAtMs),
      seenAtMs: Number(hash.seenAtMs),
      allowedAtMs: Number(hash.allowedAtMs),
      teams: JSON.parse(hash.teams || '[]') as string[],
    };
  }
}

export const identityOf = ({ userId, name, role, github }: User): Identity => ({
  userId,
  name,
  orgId: 'default',
  scopes: scopesOf(role),
  github,
});

export const toUserInfo = ({ userId, name, role, github, createdAtMs, seenAtMs }: User): UserInfo => ({
  userId,
  name,
  login: github.login,
  role,
  createdAt: new Date(createdAtMs).toISOString(),
  seenAt: new Date(seenAtMs).toISOString(),
});
