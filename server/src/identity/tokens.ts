import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Store } from '../sessions/store.ts';
import type { Identity } from './identity.ts';

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
const fresh = () => randomBytes(32).toString('base64url');

/** A sign-in link is good for a day, a browser for 30. */
const linkTtlSeconds = 24 * 3600;
const browserTtlSeconds = 30 * 24 * 3600;

export const browserCookie = 'deckhand';
export const browserTtlMs = browserTtlSeconds * 1000;

export type ServiceToken = { token: string; identity: Identity };

/** Tokens are kept as hashes: who reads the store cannot use them. */
export class Tokens {
  #store: Store;
  #services: ServiceToken[];
  #user: Identity;

  constructor(store: Store, user: Identity, services: ServiceToken[]) {
    this.#store = store;
    this.#user = user;
    this.#services = services;
  }

  /** A one-time token that signs a browser in. */
  async createLink(): Promise<string> {
    const token = fresh();
    await this.#store.set(`dh:link:${hashOf(token)}`, this.#user.userId, 'EX', linkTtlSeconds);
    return token;
  }

  /** Uses a link up; answers the browser's own token, or null where the link is used or unknown. */
  async redeemLink(token: string): Promise<string | null> {
    const userId = await this.#store.getdel(`dh:link:${hashOf(token)}`);
    if (!userId) return null;
    const browser = fresh();
    await this.#store.set(`dh:browser:${hashOf(browser)}`, userId, 'EX', browserTtlSeconds);
    return browser;
  }

  async ofBrowser(token: string): Promise<Identity | null> {
    const userId = await this.#store.get(`dh:browser:${hashOf(token)}`);
    return userId === this.#user.userId ? this.#user : null;
  }

  async signOut(token: string): Promise<void> {
    await this.#store.del(`dh:browser:${hashOf(token)}`);
  }

  ofService(token: string): Identity | null {
    const given = Buffer.from(hashOf(token));
    const found = this.#services.find(service => timingSafeEqual(Buffer.from(hashOf(service.token)), given));
    return found?.identity ?? null;
  }
}
