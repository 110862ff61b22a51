import { randomBytes } from 'node:crypto';
import { failure, limits, type Result, SecretInfo, type SecretPhase } from '@deckhand/shared';
import { z } from 'zod';
import type { Store } from '../../sessions/store/store.ts';
import { type SecretCipher, secretCipher } from './secretCipher.ts';

/** `version` changes when the value does, and tells nothing of it. */
export type NamedSecret = { name: string; value: string; version: string };

const Kept = SecretInfo.extend({ version: z.string(), sealed: z.string() });
type Kept = z.infer<typeof Kept>;

const keyOf = (orgId: string) => `dh:secrets:${orgId}`;
const fieldOf = (repoId: string, phase: SecretPhase, name: string) => `${repoId}/${phase}/${name}`;

/** What repositories' environments need and nobody may read again: kept encrypted, given to sandboxes only. */
export class EnvironmentSecrets {
  #store: Store;
  #cipher: SecretCipher;

  constructor(store: Store, serverSecret: string) {
    this.#store = store;
    this.#cipher = secretCipher(serverSecret);
  }

  async set(
    orgId: string,
    secret: { repoId: string; phase: SecretPhase; name: string; value: string; setBy: string },
  ): Promise<Result<{ secret: SecretInfo }>> {
    const { repoId, phase, name, value, setBy } = secret;
    const all = await this.#of(orgId, repoId, phase);
    const before = all.find(kept => kept.name === name);
    if (!before && all.length >= limits.secretsPerRepo)
      return failure('too_large', `A repository has at most ${limits.secretsPerRepo} secrets of one phase.`);
    const place = { orgId, repoId, phase, name };
    const same = before !== undefined && this.#cipher.open(before.sealed, place) === value;
    const kept: Kept = {
      name,
      repo: repoId,
      phase,
      setBy,
      setAt: new Date().toISOString(),
      version: same ? before.version : randomBytes(9).toString('base64url'),
      sealed: this.#cipher.seal(value, place),
    };
    await this.#store.hset(keyOf(orgId), fieldOf(repoId, phase, name), JSON.stringify(kept));
    return { ok: true, secret: SecretInfo.parse(kept) };
  }

  /** Those of a repository, by name; never their values. */
  async list(orgId: string, repoId: string): Promise<SecretInfo[]> {
    const all = await this.#of(orgId, repoId);
    return all.map(kept => SecretInfo.parse(kept));
  }

  async remove(orgId: string, repoId: string, phase: SecretPhase, name: string): Promise<Result> {
    const removed = await this.#store.hdel(keyOf(orgId), fieldOf(repoId, phase, name));
    return removed > 0 ? { ok: true } : failure('not_found', `${repoId} has no ${phase} secret ${name}.`);
  }

  /** For a sandbox. One that cannot be read fails all: half of them would fail later, and less clearly. */
  async values(
    orgId: string,
    repoId: string,
    phase: SecretPhase,
  ): Promise<Result<{ values: NamedSecret[] }>> {
    const values: NamedSecret[] = [];
    for (const { name, sealed, version } of await this.#of(orgId, repoId, phase)) {
      const value = this.#cipher.open(sealed, { orgId, repoId, phase, name });
      if (value === null)
        return failure(
          'bad_request',
          `The ${phase} secret ${name} of ${repoId} cannot be read: it was set under another DECKHAND_SECRET. Set it again: npx deckhand secret set ${name} --repo ${repoId} --phase ${phase}`,
        );
      values.push({ name, value, version });
    }
    return { ok: true, values };
  }

  async #of(orgId: string, repoId: string, phase?: SecretPhase): Promise<Kept[]> {
    const all = await this.#store.hgetall(keyOf(orgId));
    const prefix = phase ? `${repoId}/${phase}/` : `${repoId}/`;
    return Object.keys(all)
      .filter(field => field.startsWith(prefix))
      .toSorted()
      .map(field => Kept.parse(JSON.parse(all[field] ?? '')));
  }
}
