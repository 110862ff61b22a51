import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Cipher } from '../platform/cipher.ts';
import type { Store } from '../sessions/store/store.ts';
import { type Admission, type AllowLists, namesNobody } from './admission.ts';
import type { GithubAccounts } from './githubAccounts.ts';
import { oauthCodeOf, shortly, troubleOf } from './githubFailures.ts';
import type { Tokens } from './tokens.ts';
import type { Users } from './users.ts';
import type { UserTokens } from './userTokens.ts';
import type { Visibility } from './visibility.ts';

/** How long somebody may take at GitHub's page. */
export const signInMs = 10 * 60_000;

/** What a browser carries while it is at GitHub's: nobody else can finish what it began. */
const Begun = z.object({ state: z.string(), verifier: z.string(), next: z.string(), untilMs: z.number() });

export type SignInProblem =
  | { why: 'denied' | 'begin_again' | 'github_down' | 'misconfigured' }
  | { why: 'not_allowed'; login: string; nobody: boolean };

export type SignedIn = { ok: true; browser: string; next: string } | ({ ok: false } & SignInProblem);

export type GithubSignInOptions = {
  store: Store;
  github: GithubAccounts;
  admission: Admission;
  users: Users;
  userTokens: UserTokens;
  visibility: Visibility;
  tokens: Tokens;
  cipher: Cipher;
  lists: AllowLists;
  publicUrl: () => string;
  onSignedIn: () => void;
  clock: () => number;
  log: Logger;
};

const bound = ['sign-in'];
const sha256 = (text: string) => createHash('sha256').update(text).digest();
const random = () => randomBytes(32).toString('base64url');

/** GitHub's web flow, from the first click to a browser that is signed in. */
export class GithubSignIn {
  #options: GithubSignInOptions;

  constructor(options: GithubSignInOptions) {
    this.#options = options;
  }

  get publicUrl(): string {
    return this.#options.publicUrl();
  }

  /** Where to send the browser, and what it must bring back with GitHub's answer. */
  begin(next: string): { url: string; cookie: string } {
    const { github, cipher, clock } = this.#options;
    const begun = {
      state: random(),
      verifier: random(),
      next: this.#local(next),
      untilMs: clock() + signInMs,
    };
    const url = github.authorizeUrl({
      state: begun.state,
      challenge: sha256(begun.verifier).toString('base64url'),
      redirectUrl: this.#redirectUrl,
    });
    return { url, cookie: cipher.seal(JSON.stringify(begun), bound) };
  }

  async finish(answer: {
    code?: string | undefined;
    state?: string | undefined;
    error?: string | undefined;
    cookie: string | null;
  }): Promise<SignedIn> {
    const { store, github, clock, log } = this.#options;
    const begun = this.#opened(answer.cookie);
    if (!begun || begun.untilMs < clock() || !same(begun.state, answer.state ?? ''))
      return { ok: false, why: 'begin_again' };
    const usedKey = `dh:sign-in:${sha256(begun.state).toString('hex')}`;
    if (!(await store.set(usedKey, '1', 'PX', signInMs, 'NX'))) return { ok: false, why: 'begin_again' };
    if (answer.error === 'access_denied') return { ok: false, why: 'denied' };
    if (!answer.code) return { ok: false, why: 'begin_again' };
    try {
      const { verifier, next } = begun;
      const tokens = await github.exchange({ code: answer.code, verifier, redirectUrl: this.#redirectUrl });
      return await this.#admit(tokens, next);
    } catch (error) {
      log.warn({ reason: shortly(error) }, 'a sign-in with GitHub failed');
      const code = oauthCodeOf(error);
      if (code === null) troubleOf(error);
      if (code === null) return { ok: false, why: 'github_down' };
      return { ok: false, why: code === 'bad_verification_code' ? 'begin_again' : 'misconfigured' };
    }
  }

  async #admit(tokens: Awaited<ReturnType<GithubAccounts['exchange']>>, next: string): Promise<SignedIn> {
    const { github, admission, users, userTokens, visibility, lists, log } = this.#options;
    const account = await github.account(tokens.token);
    const admitted = await admission.admits(tokens.token, account);
    if (!admitted) {
      await github.forget(tokens.token).catch(() => {});
      log.warn({ login: account.login }, 'somebody who is on no allow-list tried to sign in');
      return { ok: false, why: 'not_allowed', login: account.login, nobody: namesNobody(lists) };
    }
    const { userId } = await users.signedIn(account, admitted.teams);
    await userTokens.keep(userId, tokens);
    await visibility.forget(userId);
    this.#options.onSignedIn();
    return { ok: true, browser: await this.#options.tokens.createBrowser(userId), next };
  }

  get #redirectUrl(): string {
    return `${this.publicUrl}/auth/github/callback`;
  }

  #opened(cookie: string | null): z.infer<typeof Begun> | null {
    const text = cookie === null ? null : this.#options.cipher.open(cookie, bound);
    return text === null ? null : Begun.parse(JSON.parse(text));
  }

  /** A page of ours, whole: nobody is sent elsewhere from here. */
  #local(next: string): string {
    const { origin, href } = new URL('/', this.publicUrl);
    if (!next.startsWith('/') || !URL.canParse(next, origin)) return href;
    const url = new URL(next, origin);
    const isPage = url.origin === origin && !/^\/(auth|api)(\/|$)/.test(url.pathname);
    return isPage ? url.href : href;
  }
}

const same = (one: string, other: string) => timingSafeEqual(sha256(one), sha256(other));
