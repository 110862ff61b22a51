import { createHash, randomBytes } from 'node:crypto';
import { OnBehalfOf } from '@deckhand/shared';
import { z } from 'zod';
import type { Store } from '../sessions/store/store.ts';

const Offer = z.object({ account: OnBehalfOf, from: z.string() });
export type Offer = z.infer<typeof Offer>;

const linkTtlMs = 15 * 60_000;
/** Who did not take an offer up is not offered it again by itself for so long. */
const offeredTtlSeconds = 3 * 24 * 3600;

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
const linkKey = (token: string) => `dh:account-link:${hashOf(token)}`;
const offeredKey = ({ provider, id }: OnBehalfOf) => `dh:account-offered:${provider}:${id}`;

/** One-time links with which somebody says that an account elsewhere is theirs. Kept as hashes, for 15 minutes. */
export class AccountLinks {
  #store: Store;
  #clock: () => number;

  constructor(store: Store, clock: () => number) {
    this.#store = store;
    this.#clock = clock;
  }

  async create(offer: Offer): Promise<{ token: string; expiresAtMs: number }> {
    const token = randomBytes(32).toString('base64url');
    await this.#store.set(linkKey(token), JSON.stringify(offer), 'PX', linkTtlMs);
    return { token, expiresAtMs: this.#clock() + linkTtlMs };
  }

  /** Whether this account was not offered a link lately; it is now. */
  async offerOnce(account: OnBehalfOf): Promise<boolean> {
    return (await this.#store.set(offeredKey(account), '1', 'EX', offeredTtlSeconds, 'NX')) === 'OK';
  }

  async look(token: string): Promise<Offer | null> {
    return parse(await this.#store.get(linkKey(token)));
  }

  /** Uses the link up: whoever redeems it second gets nothing. */
  async redeem(token: string): Promise<Offer | null> {
    return parse(await this.#store.getdel(linkKey(token)));
  }
}

const parse = (text: string | null): Offer | null => (text ? Offer.parse(JSON.parse(text)) : null);
