import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Failure, failure, type Result } from '@deckhand/shared';
import type { Octokit } from '@octokit/core';
import type { Logger } from 'pino';
import type { Cipher } from '../platform/cipher.ts';
import { releaseLock, takeLock } from '../platform/lock.ts';
import { script } from '../platform/script.ts';
import { singleFlight } from '../platform/singleFlight.ts';
import type { Store } from '../sessions/store/store.ts';
import type { GithubAccounts, TokenSet } from './githubAccounts.ts';
import { oauthCodeOf, shortly, troubleOf } from './githubFailures.ts';
import { githubUserId, type Users } from './users.ts';

/** A token that ends within this is renewed before it is used. */
const sparedMs = 60_000;
/** Longer than a renewal may take. */
const lockMs = 15_000;

const tokensKey = (userId: string) => `dh:user:${userId}:github`;
const lockKey = (userId: string) => `dh:user:${userId}:refreshing`;

/** Only what was read is replaced: tokens that were taken back meanwhile stay away. */
const replaceTokens = script('dhReplaceTokens', {
  keys: 1,
  lua: `
local version = redis.call('HGET', KEYS[1], 'version')
if version == ARGV[3] then return 1 end
if version ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'sealed', ARGV[2], 'version', ARGV[3])
return 1`,
});

type Kept = TokenSet & { version: string };
export type UserToken = { token: string; login: string };

export type UserTokensOptions = {
  store: Store;
  users: Users;
  /** Null: this server has no sign-in with GitHub. */
  github: GithubAccounts | null;
  cipher: Cipher;
  signInUrl: () => string;
  clock: () => number;
  log: Logger;
};

/** What lets Deckhand act on GitHub as the people who signed in: encrypted, bound to each, renewed when needed. */
export class UserTokens {
  #options: UserTokensOptions;
  #refreshing = singleFlight<string, Result<UserToken>>();

  constructor(options: UserTokensOptions) {
    this.#options = options;
  }

  async keep(userId: string, tokens: TokenSet): Promise<void> {
    await this.#options.store.hset(tokensKey(userId), this.#sealed(userId, tokens));
  }

  async has(userId: string): Promise<boolean> {
    return (await this.#options.store.exists(tokensKey(userId))) === 1;
  }

  /** A token that is good for at least some seconds more. */
  async get(userId: string): Promise<Result<UserToken>> {
    const kept = await this.#read(userId);
    if (!kept) return this.#signInAgain();
    if (this.#isFresh(kept)) return this.#answer(userId, kept);
    return this.#refreshing.run(userId, () => this.#refresh(userId));
  }

  /** GitHub would not take this token (401): unless it was renewed meanwhile, the next `get` renews it. */
  async rejected(userId: string, token: string): Promise<void> {
    const kept = await this.#read(userId);
    if (kept?.token !== token) return;
    if (kept.refreshToken === null) await this.remove(userId);
    else await this.#replace(userId, kept, { ...kept, expiresAtMs: 0 });
  }

  /** Whoever GitHub no longer lets us act for is signed out, too. */
  async remove(userId: string): Promise<void> {
    if ((await this.#options.store.del(tokensKey(userId))) > 0)
      await this.#options.users.signOutEverywhere(userId);
  }

  /** They took the App's authorisation back (webhook `github_app_authorization`). */
  revoke(githubId: number): Promise<void> {
    return this.remove(githubUserId(githubId));
  }

  /**
   * Runs requests as this person. A token that is refused is renewed once; what else GitHub answers is thrown, as
   * Octokit does.
   */
  async asUser<T>(
    userId: string,
    run: (octokit: Octokit, token: string) => Promise<T>,
  ): Promise<Result<{ value: T }>> {
    for (let attempt = 1; ; attempt += 1) {
      const got = await this.get(userId);
      if (!got.ok) return got;
      const { github } = this.#options;
      if (!github) return this.#signInAgain();
      try {
        return { ok: true, value: await run(github.as(got.token), got.token) };
      } catch (error) {
        if ((error as { status?: number }).status !== 401) throw error;
        await this.rejected(userId, got.token);
        if (attempt === 2) {
          await this.remove(userId);
          return this.#signInAgain();
        }
      }
    }
  }

  async #refresh(userId: string): Promise<Result<UserToken>> {
    const { store } = this.#options;
    const owner = randomUUID();
    const untilMs = performance.now() + 2 * lockMs;
    while (performance.now() < untilMs) {
      if (await takeLock(store, { key: lockKey(userId), owner, ttlMs: lockMs })) {
        try {
          return await this.#renew(userId);
        } finally {
          await releaseLock(store, { key: lockKey(userId), owner }).catch(() => {});
        }
      }
      // Another server renews it: a refresh token is good for one use.
      await sleep(50);
      const kept = await this.#read(userId);
      if (!kept) return this.#signInAgain();
      if (this.#isFresh(kept)) return this.#answer(userId, kept);
    }
    return githubDown();
  }

  /** Holding the lock. */
  async #renew(userId: string): Promise<Result<UserToken>> {
    const { github, clock, log } = this.#options;
    const kept = await this.#read(userId);
    if (!kept || !github) return this.#signInAgain();
    if (this.#isFresh(kept)) return this.#answer(userId, kept);
    const isOver = kept.refreshExpiresAtMs !== null && kept.refreshExpiresAtMs <= clock();
    if (kept.refreshToken === null || isOver) {
      await this.remove(userId);
      return this.#signInAgain();
    }
    try {
      const renewed = await github.refresh(kept.refreshToken);
      const replaced = await this.#replace(userId, kept, renewed);
      return replaced ? this.#answer(userId, renewed) : this.#signInAgain();
    } catch (error) {
      log.warn({ userId, reason: shortly(error) }, "a user's token could not be renewed");
      if (oauthCodeOf(error) === 'bad_refresh_token') {
        await this.remove(userId);
        return this.#signInAgain();
      }
      if (oauthCodeOf(error) === null) troubleOf(error);
      return (kept.expiresAtMs ?? 0) > clock() ? this.#answer(userId, kept) : githubDown();
    }
  }

  #isFresh({ expiresAtMs }: TokenSet): boolean {
    return expiresAtMs === null || expiresAtMs - this.#options.clock() > sparedMs;
  }

  async #answer(userId: string, { token }: TokenSet): Promise<Result<UserToken>> {
    const user = await this.#options.users.get(userId);
    return user ? { ok: true, token, login: user.github.login } : this.#signInAgain();
  }

  async #read(userId: string): Promise<Kept | null> {
    const { store, cipher } = this.#options;
    const { sealed, version } = await store.hgetall(tokensKey(userId));
    if (!sealed || !version) return null;
    const opened = cipher.open(sealed, [userId]);
    if (opened !== null) return { ...(JSON.parse(opened) as TokenSet), version };
    // Sealed under another DECKHAND_SECRET: nobody can use them any more.
    await this.remove(userId);
    return null;
  }

  async #replace(userId: string, before: Kept, tokens: TokenSet): Promise<boolean> {
    const { sealed, version } = this.#sealed(userId, tokens);
    const key = tokensKey(userId);
    return (await replaceTokens(this.#options.store, key, before.version, sealed, version)) === 1;
  }

  #sealed(userId: string, tokens: TokenSet): { sealed: string; version: string } {
    const { token, expiresAtMs, refreshToken, refreshExpiresAtMs } = tokens;
    const text = JSON.stringify({ token, expiresAtMs, refreshToken, refreshExpiresAtMs });
    return { sealed: this.#options.cipher.seal(text, [userId]), version: randomUUID() };
  }

  #signInAgain(): Failure {
    return this.#options.github
      ? failure('unauthorized', `Sign in with GitHub again: ${this.#options.signInUrl()}`)
      : failure(
          'unauthorized',
          'This server has no sign-in with GitHub: its operator sets GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET.',
        );
  }
}

export const githubDown = () =>
  failure('repo_unreachable', 'GitHub does not answer. Try again in a moment; nothing is lost.');
