import { z } from 'zod';
import { compareAndSet } from '../../platform/compareAndSet.ts';
import { script } from '../../platform/script.ts';
import type { Store } from '../../sessions/store/store.ts';

/** Who may use a sandbox: authoritative, changed by compare-and-set. An owner is never a process. */
export const Ownership = z.object({
  sandboxId: z.string(),
  owner: z.enum(['pool', 'warmup', 'build', 'session']),
  /** The warm-up, build or session that holds it. */
  claimId: z.string(),
  repoId: z.string(),
  orgId: z.string(),
  createdAtMs: z.number(),
  /** When its owner took it over from the pool or a warm-up. */
  claimedAtMs: z.number().optional(),
  /** Who had it warmed up: one person holds only so many. */
  warmedFor: z.string().optional(),
  /** Warm-ups end by themselves. */
  expiresAtMs: z.number().optional(),
  /** The image that it began from. */
  imageId: z.string().optional(),
  /** Its root file system, where that is not the base image. */
  root: z.string().optional(),
  /** The disk of a sleeping session that it began from. */
  disk: z.string().optional(),
  /** Since when everything in it was up, in the pool; stays with whoever claims it. */
  readyAtMs: z.number().optional(),
  /** Of the turn that used it last: whoever looked at the record before must look again. */
  fence: z.number().optional(),
  /** When somebody last looked at what it serves. */
  lookedAtMs: z.number().optional(),
  /** Its processes are frozen. */
  pausedAtMs: z.number().optional(),
  /** What ran when they were: frozen processes cannot be asked. */
  leftRunning: z.array(z.string()).optional(),
});
export type Ownership = z.infer<typeof Ownership>;

const key = 'dh:sandboxes';
const disksKey = 'dh:disks';

/** Adds a record while there are fewer than so many. ARGV id, JSON, most. Sent again it finds its own record, and answers the same. */
const addWithin = script('dhAddWithin', {
  keys: 1,
  lua: `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 1 end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
`,
});

export class OwnershipRecords {
  #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  count(): Promise<number> {
    return this.#store.hlen(key);
  }

  /** False where there are so many already, whichever servers made them. */
  async addWithin(record: Ownership, most: number): Promise<boolean> {
    const text = JSON.stringify(Ownership.parse(record));
    return (await addWithin(this.#store, key, record.sandboxId, text, most)) === 1;
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

  /** Whatever it says by now: its sandbox is gone. */
  async removeById(sandboxId: string): Promise<void> {
    await this.#store.hdel(key, sandboxId);
  }

  async #swap(sandboxId: string, from: Ownership | null, to: Ownership | null): Promise<boolean> {
    const text = (record: Ownership | null) => (record ? JSON.stringify(Ownership.parse(record)) : '');
    const written = { key, field: sandboxId, expected: text(from), next: text(to) };
    return compareAndSet(this.#store, written);
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
