import { randomBytes } from 'node:crypto';
import { canonicalPattern } from '@deckhand/sandbox/egress/hosts';
import {
  failure,
  limits,
  type Result,
  SecretInfo,
  type SecretPhase,
  type SecretProxy,
} from '@deckhand/shared';
import { z } from 'zod';
import type { Store } from '../../sessions/store/store.ts';
import { type SecretCipher, secretCipher } from './secretCipher.ts';
import { sentinels } from './sentinels.ts';

/**
 * What a sandbox is given. `version` changes when the value does, and tells nothing of it. With `proxied` the value is a
 * sentinel: worth nothing but to the egress proxy.
 */
export type NamedSecret = { name: string; value: string; version: string; proxied?: true };

/** What the egress proxy puts in the place of a sentinel. */
export type ProxiedSecret = { name: string; sentinel: string; value: string; proxy: SecretProxy };

/** Somebody's commands, or what hides them in outputs, are about to get these. */
export type SecretUse = (use: { repoId: string; phase: SecretPhase; names: string[] }) => Promise<void>;

const Kept = SecretInfo.extend({ version: z.string(), sealed: z.string() });
type Kept = z.infer<typeof Kept>;

const keyOf = (orgId: string) => `dh:secrets:${orgId}`;
const fieldOf = (repoId: string, phase: SecretPhase, name: string) => `${repoId}/${phase}/${name}`;

/** What repositories' environments need and nobody may read again: kept encrypted, given to sandboxes only. */
export class EnvironmentSecrets {
  #store: Store;
  #cipher: SecretCipher;
  #sentinelOf: (place: { orgId: string; repoId: string; name: string }) => string;
  /** Hears of a repository whose secrets are others now. */
  onChange: (repoId: string) => void = () => {};
  #onUse: SecretUse | null;

  /** `onUse` hears of every use before there is one. */
  constructor(store: Store, serverSecret: string, onUse: SecretUse | null = null) {
    this.#store = store;
    this.#onUse = onUse;
    this.#cipher = secretCipher(serverSecret);
    this.#sentinelOf = sentinels(serverSecret);
  }

  async set(
    orgId: string,
    secret: {
      repoId: string;
      phase: SecretPhase;
      name: string;
      value: string;
      setBy: string;
      proxy?: SecretProxy | undefined;
    },
  ): Promise<Result<{ secret: SecretInfo }>> {
    const { repoId, phase, name, value, setBy } = secret;
    const proxy = secret.proxy && withHosts(secret.proxy);
    if (proxy && !proxy.ok) return proxy;
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
      ...(proxy ? { proxy: proxy.proxy } : {}),
    };
    await this.#store.hset(keyOf(orgId), fieldOf(repoId, phase, name), JSON.stringify(kept));
    this.onChange(repoId);
    return { ok: true, secret: SecretInfo.parse(kept) };
  }

  /** Those of a repository, by name; never their values. */
  async list(orgId: string, repoId: string): Promise<SecretInfo[]> {
    const all = await this.#of(orgId, repoId);
    return all.map(kept => SecretInfo.parse(kept));
  }

  async remove(orgId: string, repoId: string, phase: SecretPhase, name: string): Promise<Result> {
    const removed = await this.#store.hdel(keyOf(orgId), fieldOf(repoId, phase, name));
    if (removed > 0) this.onChange(repoId);
    return removed > 0 ? { ok: true } : failure('not_found', `${repoId} has no ${phase} secret ${name}.`);
  }

  /**
   * For a sandbox. One that cannot be read fails all: half of them would fail later, and less clearly. Of those that the
   * proxy uses only sentinels.
   */
  async values(
    orgId: string,
    repoId: string,
    phase: SecretPhase,
  ): Promise<Result<{ values: NamedSecret[] }>> {
    const values: NamedSecret[] = [];
    for (const kept of await this.#of(orgId, repoId, phase)) {
      const { name, version, proxy } = kept;
      if (proxy) {
        values.push({ name, value: this.#sentinelOf({ orgId, repoId, name }), version, proxied: true });
        continue;
      }
      const opened = this.#open(orgId, kept);
      if (!opened.ok) return opened;
      values.push({ name, value: opened.value, version });
    }
    if (values.length > 0) await this.#onUse?.({ repoId, phase, names: values.map(({ name }) => name) });
    return { ok: true, values };
  }

  /** For the egress proxy, and nobody else. */
  async proxied(
    orgId: string,
    repoId: string,
    phase: SecretPhase,
  ): Promise<Result<{ secrets: ProxiedSecret[] }>> {
    const secrets: ProxiedSecret[] = [];
    for (const kept of await this.#of(orgId, repoId, phase)) {
      const { name, proxy } = kept;
      if (!proxy) continue;
      const opened = this.#open(orgId, kept);
      if (!opened.ok) return opened;
      secrets.push({ name, sentinel: this.#sentinelOf({ orgId, repoId, name }), value: opened.value, proxy });
    }
    return { ok: true, secrets };
  }

  #open(orgId: string, { name, repo, phase, sealed }: Kept): Result<{ value: string }> {
    const value = this.#cipher.open(sealed, { orgId, repoId: repo, phase, name });
    if (value !== null) return { ok: true, value };
    return failure(
      'bad_request',
      `The ${phase} secret ${name} of ${repo} cannot be read: it was set under another DECKHAND_SECRET. Set it again: npx deckhand secret set ${name} --repo ${repo} --phase ${phase}`,
    );
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

function withHosts(proxy: SecretProxy): Result<{ proxy: SecretProxy }> {
  const hosts: string[] = [];
  for (const host of proxy.hosts) {
    const pattern = canonicalPattern(host);
    // Towards everybody it would be no secret.
    if (pattern === undefined || pattern === '*' || /^\*\.[^.]+$/.test(pattern))
      return failure(
        'bad_request',
        `${JSON.stringify(host)} is no host that a secret can be for: name one, as api.example.com or *.example.com.`,
      );
    hosts.push(pattern);
  }
  return { ok: true, proxy: { ...proxy, hosts } };
}
