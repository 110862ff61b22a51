import { z } from 'zod';
import type { Store } from '../sessions/store.ts';

/** Who may use a sandbox: authoritative, changed by compare-and-set. An owner is never a process. */
export const Ownership = z.object({
  sandboxId: z.string(),
  owner: z.enum(['pool', 'warmup', 'build', 'session']),
  /** The warm-up or session that holds it. */
  claimId: z.string(),
  repoId: z.string(),
  orgId: z.string(),
  createdAtMs: z.number(),
  /** Warm-ups end by themselves. */
  expiresAtMs: z.number().optional(),
});
export type Ownership = z.infer<typeof Ownership>;

const key = 'dh:sandboxes';
const disksKey = 'dh:disks';

/** Changes a record only if it is what the caller saw. ARGV id, expected JSON or '', new JSON or '' to delete. */
const compareAndSet = `
local found = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if found ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1
`;

export class OwnershipRecords {
  #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  async list(): Promise<Ownership[]> {
    const all = await this.#store.hvals(key);
    return all.map(text => Ownership.parse(JSON.parse(text)));
  }

  async get(sandboxId: string): Promise<Ownership | null> {
    const text = await this.#store.hget(key, sandboxId);
    return text ? Ownership.parse(JSON.parse(text)) : null;
  }

  /** Written before the sandbox is made, so that nothing on the engine is ever without a record. */
  add(record: Ownership): Promise<boolean> {
    return this.#swap(record.sandboxId, null, record);
  }

  /** Hands a sandbox over. False: somebody else was quicker. */
  change(from: Ownership, to: Ownership): Promise<boolean> {
    return this.#swap(from.sandboxId, from, to);
  }

  remove(record: Ownership): Promise<boolean> {
    return this.#swap(record.sandboxId, record, null);
  }

  async #swap(sandboxId: string, from: Ownership | null, to: Ownership | null): Promise<boolean> {
    const text = (record: Ownership | null) => (record ? JSON.stringify(Ownership.parse(record)) : '');
    return (await this.#store.eval(compareAndSet, 1, key, sandboxId, text(from), text(to))) === 1;
  }
}

/** Disks that sessions sleep on: name -> session. Authoritative for which of them are still wanted. */
export class SleepingDisks {
  #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  /** Written before the disk gets its name, so that none is ever without a record. */
  async add(name: string, sessionId: string): Promise<void> {
    await this.#store.hset(disksKey, name, sessionId);
  }

  async remove(name: string): Promise<void> {
    await this.#store.hdel(disksKey, name);
  }

  async list(): Promise<[name: string, sessionId: string][]> {
    return Object.entries(await this.#store.hgetall(disksKey));
  }
}
