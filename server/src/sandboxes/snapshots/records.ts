import { z } from 'zod';
import { compareAndSet } from '../../platform/compareAndSet.ts';
import type { Store } from '../../sessions/store/store.ts';

/** A disk kept at the end of a turn. Authoritative for which of them are still wanted. */
export const SnapshotRecord = z.object({
  sessionId: z.string(),
  turnId: z.string(),
  atMs: z.number(),
  /** The root file system that goes with it; the base image where null. */
  root: z.string().nullable(),
  /** `taking`: the disk may not be there yet, or never come. */
  state: z.enum(['taking', 'kept']),
  /** Given by a person: kept until they take it back. */
  name: z.string().optional(),
  /** Sessions that begin from it the next time they get a sandbox, and since when. */
  claims: z.array(z.object({ sessionId: z.string(), atMs: z.number() })),
});
export type SnapshotRecord = z.infer<typeof SnapshotRecord>;

const key = 'dh:snapshots';

const maxRaces = 20;

/** Records of snapshots, by the name of their disk. */
export class SnapshotRecords {
  #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  /** Written before the disk is made, so that none is ever without a record. */
  async add(disk: string, record: SnapshotRecord): Promise<void> {
    await this.#store.hset(key, disk, JSON.stringify(SnapshotRecord.parse(record)));
  }

  async get(disk: string): Promise<SnapshotRecord | null> {
    return parse(await this.#store.hget(key, disk));
  }

  /** Those of these disks that have one. */
  async some(disks: readonly string[]): Promise<Map<string, SnapshotRecord>> {
    if (disks.length === 0) return new Map();
    const texts = await this.#store.hmget(key, ...disks);
    return new Map(
      disks.flatMap((disk, i) => {
        const record = parse(texts[i] ?? null);
        return record ? [[disk, record] as const] : [];
      }),
    );
  }

  async all(): Promise<Map<string, SnapshotRecord>> {
    const found = await this.#store.hgetall(key);
    return new Map(
      Object.entries(found).map(([disk, text]) => [disk, SnapshotRecord.parse(JSON.parse(text))]),
    );
  }

  /** `next` is asked again where somebody else was quicker; null changes nothing. Answers what stands there then. */
  async change(
    disk: string,
    next: (record: SnapshotRecord) => SnapshotRecord | null,
  ): Promise<SnapshotRecord | null> {
    for (let race = 0; race < maxRaces; race++) {
      const text = await this.#store.hget(key, disk);
      const record = parse(text);
      const wanted = record && next(record);
      if (!text || !wanted) return null;
      if (await this.#swap(disk, text, JSON.stringify(SnapshotRecord.parse(wanted)))) return wanted;
    }
    return null;
  }

  /** Of a session that is erased: none waits to begin from a snapshot of another's any more. */
  async disclaim(sessionId: string): Promise<void> {
    for (const [disk, { claims }] of await this.all()) {
      if (!claims.some(claim => claim.sessionId === sessionId)) continue;
      await this.change(disk, was => ({
        ...was,
        claims: was.claims.filter(claim => claim.sessionId !== sessionId),
      }));
    }
  }

  /** False where it is not what the caller saw any more: somebody named or claimed it. */
  remove(disk: string, seen: SnapshotRecord): Promise<boolean> {
    return this.#swap(disk, JSON.stringify(SnapshotRecord.parse(seen)), '');
  }

  /** Whatever it says by now: its disk is gone. */
  async forget(disk: string): Promise<void> {
    await this.#store.hdel(key, disk);
  }

  #swap(disk: string, from: string, to: string): Promise<boolean> {
    return compareAndSet(this.#store, { key, field: disk, expected: from, next: to });
  }
}

const parse = (text: string | null): SnapshotRecord | null =>
  text ? SnapshotRecord.parse(JSON.parse(text)) : null;
