import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Store } from '../sessions/store/store.ts';
import { fresh, hashOf } from './hashes.ts';

/** A code lives as long as a page takes to hand it over, an access token a quarter of an hour, a grant 30 days. */
const codeTtlSeconds = 60;
export const accessTtlMs = 15 * 60_000;
const grantTtlSeconds = 30 * 24 * 3600;

const codeKey = (code: string) => `dh:extension:code:${hashOf(code)}`;
const accessKey = (access: string) => `dh:extension:access:${hashOf(access)}`;
const grantKey = (grantHash: string) => `dh:extension:grant:${grantHash}`;

const Code = z.object({ holder: z.string(), extensionId: z.string(), challenge: z.string() });
const Access = z.object({ grant: z.string() });

export type ExtensionAccess = { accessToken: string; expiresInMs: number };
export type ExtensionSignedIn = ExtensionAccess & { userId: string; refreshToken: string };

/**
 * How a sidebar becomes somebody's: a one-time code that was made for this extension and answers its challenge (PKCE,
 * S256) is exchanged for a grant; the grant gives short-lived access until it is taken back.
 */
export class ExtensionTokens {
  #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  async createCode(code: z.infer<typeof Code>): Promise<string> {
    const token = fresh();
    await this.#store.set(codeKey(token), JSON.stringify(code), 'EX', codeTtlSeconds);
    return token;
  }

  /** Null where the code is used, old, another extension's, or the verifier is not the challenge's. */
  async redeem(given: {
    code: string;
    verifier: string;
    extensionId: string;
  }): Promise<ExtensionSignedIn | null> {
    const text = await this.#store.getdel(codeKey(given.code));
    if (!text) return null;
    const code = Code.parse(JSON.parse(text));
    const answers = createHash('sha256').update(given.verifier).digest('base64url') === code.challenge;
    if (!answers || code.extensionId !== given.extensionId) return null;
    const refreshToken = fresh();
    await this.#store.set(grantKey(hashOf(refreshToken)), code.holder, 'EX', grantTtlSeconds);
    const [userId = ''] = code.holder.split(' ');
    return { userId, refreshToken, ...(await this.#access(hashOf(refreshToken))) };
  }

  async refresh(refreshToken: string): Promise<ExtensionAccess | null> {
    const grant = hashOf(refreshToken);
    return (await this.#store.exists(grantKey(grant))) ? this.#access(grant) : null;
  }

  /** Access that was given ends with it. */
  async signOut(refreshToken: string): Promise<void> {
    await this.#store.del(grantKey(hashOf(refreshToken)));
  }

  async #access(grant: string): Promise<ExtensionAccess> {
    const accessToken = fresh();
    await this.#store.set(accessKey(accessToken), JSON.stringify({ grant }), 'PX', accessTtlMs);
    return { accessToken, expiresInMs: accessTtlMs };
  }
}

/** Whose grant an access token is of; null where either is over. */
export async function extensionHolder(store: Store, access: string): Promise<string | null> {
  const text = await store.get(accessKey(access));
  return text ? store.get(grantKey(Access.parse(JSON.parse(text)).grant)) : null;
}
