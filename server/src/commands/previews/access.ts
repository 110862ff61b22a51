import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { fresh, hashOf } from '../../identity/hashes.ts';
import type { Store } from '../../sessions/store/store.ts';

/** A preview is open for an hour to whoever opened it; a ticket lets a browser in once, within a minute. */
export const previewTtlMs = 60 * 60_000;
const ticketTtlSeconds = 60;

const Grant = z.object({
  /** Origin of the page that may frame it, besides our own. */
  over: z.string().nullable(),
  sessionId: z.string(),
  port: z.number(),
  holder: z.string(),
  secretHash: z.string(),
});
export type Grant = z.infer<typeof Grant>;

const grantKey = (name: string) => `dh:preview:${hashOf(name)}`;
const ticketKey = (ticket: string) => `dh:preview:ticket:${hashOf(ticket)}`;

/**
 * What lets a browser see a port of a session's sandbox: a name that nobody guesses (the origin), and a secret that only
 * that browser has (its cookie). Each names a person; whether they may still see the session is asked at each request.
 */
export class PreviewGrants {
  #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  async open(grant: Omit<Grant, 'secretHash'>): Promise<{ name: string; ticket: string }> {
    // A label of a host name has no capitals.
    const name = randomBytes(16).toString('hex');
    const secret = fresh();
    const ticket = fresh();
    const kept: Grant = { ...grant, secretHash: hashOf(secret) };
    await this.#store.set(grantKey(name), JSON.stringify(kept), 'PX', previewTtlMs);
    await this.#store.set(ticketKey(ticket), JSON.stringify([name, secret]), 'EX', ticketTtlSeconds);
    return { name, ticket };
  }

  /** The browser's secret, once; null where the ticket was used, is old, or is of another preview. */
  async enter(name: string, ticket: string): Promise<string | null> {
    const text = await this.#store.getdel(ticketKey(ticket));
    if (!text) return null;
    const [of, secret] = z.tuple([z.string(), z.string()]).parse(JSON.parse(text));
    return of === name ? secret : null;
  }

  async find(name: string, secret: string): Promise<Grant | null> {
    const text = await this.#store.get(grantKey(name));
    const grant = text ? Grant.parse(JSON.parse(text)) : null;
    return grant && grant.secretHash === hashOf(secret) ? grant : null;
  }
}
