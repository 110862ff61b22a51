import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Octokit } from '@octokit/core';
import type { Logger } from 'pino';
import { z } from 'zod';
import { shortly } from '../identity/githubFailures.ts';
import { createCipher } from '../platform/cipher.ts';
import type { Store } from '../sessions/store/store.ts';
import { announceSettings, type KeptApp, keepApp, readKeptApp } from './keptApp.ts';
import { type Manifest, manifestOf } from './manifest.ts';
import type { GithubSettings } from './settings.ts';

/** How long somebody may take at GitHub's page; its code lives as long. */
export const setupMs = 60 * 60_000;
const timeoutMs = 10_000;

const Begun = z.object({ state: z.string(), userId: z.string(), untilMs: z.number() });

/** What GitHub gives for the code, once. */
const Made = z.object({
  id: z.number(),
  name: z.string(),
  html_url: z.string(),
  client_id: z.string(),
  client_secret: z.string(),
  webhook_secret: z.string().nullable(),
  pem: z.string(),
});

export type SetupOptions = {
  config: GithubSettings;
  store: Store;
  secret: string;
  publicUrl: () => string;
  clock: () => number;
  log: Logger;
};

export type SetUp = { ok: true; app: KeptApp } | { ok: false; why: 'begin_again' | 'github_down' };

const bound = ['setup'];
const random = () => randomBytes(32).toString('base64url');
const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** GitHub's manifest flow: an App is made at GitHub's page, and its keys come here without anybody seeing them. */
export class GithubSetup {
  #options: SetupOptions;
  #cipher;

  constructor(options: SetupOptions) {
    this.#options = options;
    this.#cipher = createCipher(options.secret, 'deckhand setup');
  }

  get webUrl(): string {
    return this.#options.config.GITHUB_URL.replace(/\/$/, '');
  }

  get publicUrl(): string {
    return this.#options.publicUrl();
  }

  /** The App that is in service, and whether the environment names it. */
  async inService(): Promise<{ appId: string; kept: KeptApp | null } | null> {
    const { store, secret, config } = this.#options;
    const appId = config.GITHUB_APP_ID;
    const kept = await readKeptApp(store, secret);
    return appId ? { appId, kept: kept?.appId === appId ? kept : null } : null;
  }

  /** Where a browser posts what, and what it must bring back with GitHub's answer. */
  begin(userId: string, organisation: string | null): { action: string; manifest: Manifest; cookie: string } {
    const { config, clock } = this.#options;
    const begun = { state: random(), userId, untilMs: clock() + setupMs };
    const owner = organisation === null ? '' : `/organizations/${encodeURIComponent(organisation)}`;
    return {
      action: `${this.webUrl}${owner}/settings/apps/new?state=${begun.state}`,
      manifest: manifestOf(this.publicUrl, { workflows: config.DECKHAND_ALLOW_WORKFLOWS }),
      cookie: this.#cipher.seal(JSON.stringify(begun), bound),
    };
  }

  /** Every server takes the App into service; this one answers no more for a moment. */
  announce(): Promise<void> {
    return announceSettings(this.#options.store);
  }

  /** Turns GitHub's code into an App that is kept. */
  async finish(answer: {
    code: string;
    state: string;
    userId: string;
    cookie: string | null;
  }): Promise<SetUp> {
    const { store, secret, clock, log } = this.#options;
    const { code, state, userId, cookie } = answer;
    const text = cookie === null ? null : this.#cipher.open(cookie, bound);
    const begun = text === null ? null : Begun.parse(JSON.parse(text));
    const isTheirs = begun !== null && same(begun.state, state) && begun.userId === userId;
    if (!isTheirs || begun.untilMs < clock() || code === '') return { ok: false, why: 'begin_again' };
    const usedKey = `dh:setup:${sha256(begun.state).toString('hex')}`;
    if (!(await store.set(usedKey, '1', 'PX', setupMs, 'NX'))) return { ok: false, why: 'begin_again' };
    try {
      const made = await this.#convert(code);
      const app: KeptApp = {
        appId: String(made.id),
        name: made.name,
        pageUrl: made.html_url,
        clientId: made.client_id,
        clientSecret: made.client_secret,
        webhookSecret: made.webhook_secret,
        privateKey: made.pem,
      };
      await keepApp(store, secret, app);
      log.info({ appId: app.appId, name: app.name, by: userId }, 'a GitHub App was set up');
      return { ok: true, app };
    } catch (error) {
      const { status } = error as { status?: number };
      log.warn({ reason: shortly(error) }, 'a GitHub App could not be set up');
      return { ok: false, why: status === 404 || status === 422 ? 'begin_again' : 'github_down' };
    }
  }

  async #convert(code: string): Promise<z.infer<typeof Made>> {
    const baseUrl = this.#options.config.GITHUB_API_URL.replace(/\/$/, '');
    const { data } = await new Octokit({ baseUrl, userAgent: 'deckhand' }).request(
      'POST /app-manifests/{code}/conversions',
      { code, request: { signal: AbortSignal.timeout(timeoutMs) } },
    );
    return Made.parse(data);
  }
}

const same = (one: string, other: string) => timingSafeEqual(sha256(one), sha256(other));
