import { orAbort } from '../../platform/orAbort.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { DiskUsage, MemoryUsage } from '../driver.ts';
import type { OwnershipRecords } from './ownership.ts';

const lineKey = 'dh:line';
const aliveKey = (sessionId: string) => `dh:line:${sessionId}`;
/** Whoever waits says so again within this; a server that died gives up its places. */
const aliveMs = 10_000;
const lookEveryMs = 250;
/** Memory is measured anew where the last figure is older. */
const measuredMs = 3_000;
/** An engine that takes longer to say what is used is not waited for: nobody's session hangs on a figure. */
const measurePatienceMs = 3_000;
/** What a sandbox that begins is expected to hold soon. */
const expectedBytes = 256 * 1024 * 1024;
/** And what its disk is expected to need before anybody looks again. */
const expectedDiskBytes = 128 * 1024 * 1024;

export type CapacityOptions = {
  store: Store;
  records: OwnershipRecords;
  /** Sandboxes of all servers together. */
  most: number;
  /** Memory of all sandboxes together; most of the engine's where absent. */
  memoryBytes: number | undefined;
  /** Null where the engine does not say. */
  memory: () => Promise<MemoryUsage | null>;
  disk: () => Promise<DiskUsage | null>;
  /** How long one of these may take. */
  patienceMs?: number;
  /** Ends, puts to sleep or deletes what can be missed most easily. False where there is no such thing. */
  makeRoom: (short: Short) => Promise<boolean>;
};

/** What there is too little of. */
export type Short = 'places' | 'memory' | 'disk';
type Use = { memory: { usedBytes: number; budgetBytes: number }; disk: DiskUsage | null };

const defaultMemoryShare = 0.8;

/** How many sandboxes fit. Whoever comes when there is no room waits in line; nothing fails for it. */
export class Capacity {
  readonly most: number;
  #options: CapacityOptions;
  #measured: MemoryUsage | null = null;
  #measuring: Promise<MemoryUsage | null> | null = null;
  /** The first figure is waited for; where the engine owes even that, no later one is. */
  #owed = false;
  #measuredAtMs = 0;

  constructor(options: CapacityOptions) {
    this.#options = options;
    this.most = options.most;
  }

  async hasRoom(): Promise<boolean> {
    return (await this.#short()) === null;
  }

  async #short(): Promise<Short | null> {
    if ((await this.#options.records.count()) >= this.most) return 'places';
    const { memory, disk } = await this.use();
    if (memory.usedBytes + expectedBytes > memory.budgetBytes) return 'memory';
    // A small budget is used to its last quarter.
    const least = disk ? Math.min(expectedDiskBytes, disk.budgetBytes / 4) : 0;
    return disk && disk.freeBytes < least ? 'disk' : null;
  }

  /** What cannot be measured is not held against anybody. */
  async use(): Promise<Use> {
    const [memory, disk] = await Promise.all([this.#memory(), this.#inTime(this.#options.disk)]);
    if (!memory) return { memory: { usedBytes: 0, budgetBytes: Number.POSITIVE_INFINITY }, disk };
    const budgetBytes = this.#options.memoryBytes ?? memory.totalBytes * defaultMemoryShare;
    return { memory: { usedBytes: memory.usedBytes, budgetBytes }, disk };
  }

  /** Asking the engine may take a second: whoever has an older figure gets that, and a newer one is measured behind. */
  async #memory(): Promise<MemoryUsage | null> {
    if (!this.#measuring && Date.now() - this.#measuredAtMs > measuredMs) {
      this.#measuredAtMs = Date.now();
      this.#measuring = this.#measure();
    }
    return this.#measured ?? (this.#owed ? null : this.#measuring);
  }

  async #measure(): Promise<MemoryUsage | null> {
    // A sandbox that ends meanwhile spoils a measurement: the figure before still serves.
    this.#measured = (await this.#inTime(this.#options.memory)) ?? this.#measured;
    this.#measuring = null;
    this.#owed = this.#measured === null;
    return this.#measured;
  }

  /** Null where it fails, or takes too long. */
  #inTime<T>(ask: () => Promise<T | null>): Promise<T | null> {
    const { patienceMs = measurePatienceMs } = this.#options;
    return orAbort(ask(), AbortSignal.timeout(patienceMs)).catch(() => null);
  }

  /**
   * Waits in line until `enter` succeeds; it is tried only by the first in line. `told` hears the place whenever it
   * changes, 1 being next. Rejects with the signal's reason.
   */
  async inLine<T>(
    sessionId: string,
    enter: () => Promise<T | null>,
    { told, signal }: { told: (place: number) => Promise<void>; signal: AbortSignal },
  ): Promise<T> {
    const { store } = this.#options;
    let lastPlace = 0;
    try {
      for (;;) {
        signal.throwIfAborted();
        const place = await this.#placeOf(sessionId);
        const entered = place === 1 && (await this.#roomMade()) ? await enter() : null;
        if (entered !== null) return entered;
        if (place !== lastPlace) await told(place);
        lastPlace = place;
        await new Promise(resolve => setTimeout(resolve, lookEveryMs));
      }
    } finally {
      await store.zrem(lineKey, sessionId);
      await store.del(aliveKey(sessionId));
    }
  }

  async waiting(): Promise<number> {
    return (await this.#living()).length;
  }

  async #roomMade(): Promise<boolean> {
    const short = await this.#short();
    if (!short) return true;
    if (!(await this.#options.makeRoom(short))) return false;
    if (short === 'memory') await this.#measure();
    return this.hasRoom();
  }

  async #placeOf(sessionId: string): Promise<number> {
    const { store } = this.#options;
    await store.set(aliveKey(sessionId), '1', 'PX', aliveMs);
    await store.zadd(lineKey, 'NX', Date.now(), sessionId);
    return (await this.#living()).indexOf(sessionId) + 1;
  }

  async #living(): Promise<string[]> {
    const { store } = this.#options;
    const ids = await store.zrange(lineKey, '0', '-1');
    if (ids.length === 0) return [];
    const alive = await store.mget(...ids.map(aliveKey));
    const gone = ids.filter((_, n) => !alive[n]);
    if (gone.length > 0) await store.zrem(lineKey, ...gone);
    return ids.filter((_, n) => alive[n]);
  }
}
