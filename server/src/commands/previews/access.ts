import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { fresh, hashOf } from '../../identity/hashes.ts';
import type { Tokens } from '../../identity/tokens.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { Visible } from '../visible.ts';

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
type Grant = z.infer<typeof Grant>;

/** `over`: the origin of the page that may frame it, besides our own. */
export type Admitted = { sessionId: string; port: number; over: string | null; userId: string };

const grantKey = (name: string) => `dh:preview:${hashOf(name)}`;
const ticketKey = (ticket: string) => `dh:preview:ticket:${hashOf(ticket)}`;

/**
 * What lets a browser see a port of a session's sandbox: a name that nobody guesses (the origin), and a secret that only
 * that browser has (its cookie). Each names a person; whether they may still see the session is asked at each request.
 */
export class PreviewAccess {
  #store: Store;
  #tokens: Tokens;
  #visible: Visible;
  constructor({ store, tokens, visible }: { store: Store; tokens: Tokens; visible: Visible }) {
    this.#store = store;
    this.#tokens = tokens;
    this.#visible = visible;
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

  /** What a browser with this secret may see now; null: nothing. Asked for each request. */
  async admitted(name: string, secret: string | null): Promise<Admitted | null> {
    const text = secret ? await this.#store.get(grantKey(name)) : null;
    const grant = text ? Grant.parse(JSON.parse(text)) : null;
    if (!secret || !grant || grant.secretHash !== hashOf(secret)) return null;
    const who = await this.#tokens.ofHolder(grant.holder);
    if (!who || !(await this.#visible.session(who, grant.sessionId)).ok) return null;
    const { sessionId, port, over } = grant;
    return { sessionId, port, over, userId: who.userId };
  }
}
