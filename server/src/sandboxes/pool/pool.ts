import { every } from '../../platform/every.ts';
import { takeLock } from '../../platform/lock.ts';
import type { Store } from '../../sessions/store/store.ts';
import { begin, newRecord, prepareAhead } from '../acquire/startSandbox.ts';
import type { Ownership } from '../lifecycle/ownership.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { noteDemand, readDemand } from './demand.ts';
import { poolSize, shareOut } from './poolSize.ts';

export type PoolOptions = {
  store: Store;
  min: number;
  max: number;
  /** Of all repositories together. */
  total: number;
  now: () => number;
};

type Claim = Pick<Ownership, 'owner' | 'claimId' | 'expiresAtMs' | 'warmedFor'>;

const keeperKey = 'dh:pool:keeper';
const keeperMs = 15_000;
/** Until one was filled here. */
const firstRefillMs = 2_000;

/** Warm sandboxes that no session owns yet. */
export class Pool {
  #sandboxes: Sandboxes;
  #options: PoolOptions;
  #keeper = crypto.randomUUID();
  #refillMs = new Map<string, number>();
  #changed: () => void = () => {};

  constructor(sandboxes: Sandboxes, options: PoolOptions) {
    this.#sandboxes = sandboxes;
    this.#options = options;
  }

  /** Called whenever an entry was taken: somebody should look after the pool soon. */
  onTaken(changed: () => void): void {
    this.#changed = changed;
  }

  /** Takes a warm sandbox, for nobody else from here on; null where there is none. */
  async claim(repoId: string, claim: Claim): Promise<Ownership | null> {
    const { store, now, max } = this.#options;
    if (max === 0) return null;
    void noteDemand(store, repoId, now()).catch(() => {});
    const { records, images } = this.#sandboxes;
    const { good } = await images.get(repoId);
    const isReady = (entry: Ownership) =>
      entry.owner === 'pool' &&
      entry.repoId === repoId &&
      entry.readyAtMs !== undefined &&
      entry.imageId === good?.imageId;
    const ready = (await records.list()).filter(isReady).toSorted(this.#byWarmth);
    for (const entry of ready) {
      const mine: Ownership = { ...entry, ...claim, claimedAtMs: now() };
      if (!(await records.change(entry, mine))) continue;
      this.#changed();
      return mine;
    }
    return null;
  }

  /** One with an open bridge here first, then the newest. */
  #byWarmth = (a: Ownership, b: Ownership): number =>
    Number(this.#sandboxes.isBridged(b.sandboxId)) - Number(this.#sandboxes.isBridged(a.sandboxId)) ||
    (b.readyAtMs ?? 0) - (a.readyAtMs ?? 0);

  /** How many each repository should have, the most wanted first, within the total. */
  async sizes(): Promise<Map<string, number>> {
    const { store, min, max, total, now } = this.#options;
    if (max === 0) return new Map();
    const { images, repos } = this.#sandboxes;
    const wanted = await Promise.all(
      repos.catalog.list().map(async ({ id }) => {
        const { good } = await images.get(id);
        const askedAtMs = await readDemand(store, id);
        const refillMs = this.#refillMs.get(id) ?? firstRefillMs;
        const size = good ? poolSize({ askedAtMs, nowMs: now(), min, max, refillMs }) : 0;
        return { id, size, lastAskedMs: askedAtMs.at(-1) ?? 0 };
      }),
    );
    const lastAskedFirst = wanted.toSorted((a, b) => b.lastAskedMs - a.lastAskedMs);
    return shareOut(new Map(lastAskedFirst.map(({ id, size }) => [id, size])), total);
  }

  /** Brings the pool one step nearer to what it should be. One server at a time does. True: there is more to do. */
  async keep(): Promise<boolean> {
    if (!(await this.#isKeeper())) return false;
    const { records, images } = this.#sandboxes;
    const entries = (await records.list()).filter(entry => entry.owner === 'pool');
    const alive = await this.#dropDead(entries);
    const sizes = await this.sizes();
    const current: Ownership[] = [];
    for (const entry of alive) {
      const { good } = await images.get(entry.repoId);
      if (entry.imageId === good?.imageId && sizes.has(entry.repoId)) current.push(entry);
      else await this.drop(entry);
    }
    const pools = [...sizes].map(([repoId, size]) => ({
      repoId,
      size,
      mine: current.filter(entry => entry.repoId === repoId),
    }));
    for (const { mine, size } of pools) for (const entry of mine.slice(size)) await this.drop(entry);
    const hungry = pools.filter(({ mine, size }) => mine.length < size);
    // One that cannot be filled does not keep the others from it.
    for (const { repoId } of hungry.toSorted((a, b) => a.mine.length - b.mine.length))
      if (await this.#add(repoId)) return true;
    return false;
  }

  /** Ends an entry unless it was claimed meanwhile: its record goes first. */
  async drop(entry: Ownership): Promise<boolean> {
    if (!(await this.#sandboxes.records.remove(entry))) return false;
    await this.#sandboxes.remove(entry);
    return true;
  }

  async #isKeeper(): Promise<boolean> {
    const { store } = this.#options;
    return takeLock(store, { key: keeperKey, owner: this.#keeper, ttlMs: keeperMs });
  }

  /** Entries whose sandbox died, and those that a server left half made. */
  async #dropDead(entries: Ownership[]): Promise<Ownership[]> {
    if (entries.length === 0) return [];
    const engine = await this.#sandboxes.engine();
    if (!engine.ok) return entries;
    const running = new Set(
      (await engine.driver.list()).filter(each => each.state === 'running').map(each => each.id),
    );
    const alive: Ownership[] = [];
    for (const entry of entries) {
      const isGood = running.has(entry.sandboxId) && entry.readyAtMs !== undefined;
      if (isGood || this.#filling === entry.sandboxId) alive.push(entry);
      else await this.drop(entry);
    }
    return alive;
  }

  #filling: string | null = null;

  async #add(repoId: string): Promise<boolean> {
    const { records, capacity, log } = this.#sandboxes;
    // Sessions come first: the last place is theirs.
    if ((await records.count()) + 1 >= capacity.most || !(await capacity.hasRoom())) return false;
    const record = await newRecord(this.#sandboxes, {
      owner: 'pool',
      claimId: 'pool',
      repoId,
      orgId: 'default',
    });
    if (!(await records.addWithin(record, capacity.most - 1))) return false;
    this.#filling = record.sandboxId;
    // Services may take longer to come up than the keeper's time.
    const stay = every(
      keeperMs / 3,
      () => this.#isKeeper(),
      () => {},
    );
    const startedMs = performance.now();
    try {
      const begun = await begin(this.#sandboxes, record, 0);
      const done = begun.ok ? await prepareAhead(this.#sandboxes, begun) : begun;
      if (!done.ok || (begun.ok && !begun.image)) {
        if (!done.ok) log.warn({ repoId, reason: done.message }, 'the pool could not be filled');
        await this.drop(record);
        return false;
      }
      const took = performance.now() - startedMs;
      this.#refillMs.set(repoId, ((this.#refillMs.get(repoId) ?? took) + took) / 2);
      await records.change(record, { ...record, readyAtMs: this.#options.now() });
      return true;
    } finally {
      void stay.stop();
      this.#filling = null;
    }
  }
}
