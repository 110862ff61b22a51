import { timingSafeEqual } from 'node:crypto';
import type { Store } from '../sessions/store/store.ts';
import { extensionHolder } from './extensionTokens.ts';
import { fresh, hashOf } from './hashes.ts';
import type { Identity } from './identity.ts';

/** A sign-in link is good for a day, a browser for 30. */
const linkTtlSeconds = 24 * 3600;
const browserTtlSeconds = 30 * 24 * 3600;

export const browserCookie = 'deckhand';
export const browserTtlMs = browserTtlSeconds * 1000;

export type ServiceToken = { token: string; identity: Identity };

/** Who signed in with GitHub, and under which era; null where they may not be here any more. */
export type FindUser = (userId: string) => Promise<{ identity: Identity; era: number } | null>;

/** Tokens are kept as hashes: who reads the store cannot use them. */
export class Tokens {
  #store: Store;
  #services: ServiceToken[];
  #local: Identity;
  #find: FindUser;

  constructor(store: Store, people: { local: Identity; find: FindUser }, services: ServiceToken[]) {
    this.#store = store;
    this.#local = people.local;
    this.#find = people.find;
    this.#services = services;
  }

  /** A one-time token that signs a browser in; as the person at this machine where nobody is named. */
  async createLink(userId: string = this.#local.userId): Promise<string> {
    const token = fresh();
    await this.#store.set(`dh:link:${hashOf(token)}`, await this.holder(userId), 'EX', linkTtlSeconds);
    return token;
  }

  /** Uses a link up; answers the browser's own token, or null where the link is used or unknown. */
  async redeemLink(token: string): Promise<string | null> {
    const holder = await this.#store.getdel(`dh:link:${hashOf(token)}`);
    return holder ? this.#browserOf(holder) : null;
  }

  /** Signs a browser in. */
  async createBrowser(userId: string): Promise<string> {
    return this.#browserOf(await this.holder(userId));
  }

  async ofBrowser(token: string): Promise<Identity | null> {
    const holder = await this.#store.get(`dh:browser:${hashOf(token)}`);
    return holder ? this.ofHolder(holder) : null;
  }

  /** Of somebody as it was written down with a token; null where they may not be here any more. */
  async ofHolder(holder: string): Promise<Identity | null> {
    const [userId = '', era] = holder.split(' ');
    if (userId === this.#local.userId) return this.#local;
    const found = await this.#find(userId);
    return found && String(found.era) === era ? found.identity : null;
  }

  /** The short-lived token of a sidebar. */
  async ofExtension(access: string): Promise<Identity | null> {
    const holder = await extensionHolder(this.#store, access);
    return holder ? this.ofHolder(holder) : null;
  }

  async signOut(token: string): Promise<void> {
    await this.#store.del(`dh:browser:${hashOf(token)}`);
  }

  ofService(token: string): Identity | null {
    const given = Buffer.from(hashOf(token));
    const found = this.#services.find(service => timingSafeEqual(Buffer.from(hashOf(service.token)), given));
    return found?.identity ?? null;
  }

  async #browserOf(holder: string): Promise<string> {
    const browser = fresh();
    await this.#store.set(`dh:browser:${hashOf(browser)}`, holder, 'EX', browserTtlSeconds);
    return browser;
  }

  /** Who holds a token from now on, and under which era. */
  async holder(userId: string): Promise<string> {
    const found = userId === this.#local.userId ? null : await this.#find(userId);
    return found ? `${userId} ${found.era}` : userId;
  }
}
