import { newId, type Result } from '@deckhand/shared';
import type { Meta } from '../../sessions/store/meta.ts';
import { begin, newRecord, prepareAhead } from '../acquire/startSandbox.ts';
import { setUpEnvironment } from '../environments/setUp.ts';
import type { Hands } from '../hands.ts';
import type { Pool } from '../pool/pool.ts';
import type { Sandboxes } from '../sandboxes.ts';
import type { Ownership } from './ownership.ts';

/** A prompt that is never sent gives its sandbox back after this. */
export const warmupTtlMs = 5 * 60_000;

/** Sandboxes for prompts that somebody still types: of a new session, or of one that sleeps. */
export class Warmups {
  #sandboxes: Sandboxes;
  #pool: Pool;
  #making = new Map<string, Promise<Result>>();
  #waking = new Set<string>();

  constructor(sandboxes: Sandboxes, pool: Pool) {
    this.#sandboxes = sandboxes;
    this.#pool = pool;
  }

  /** Holds a sandbox for a session that is not there yet. Answers at once; the making goes on behind. */
  async forRepo(repoId: string, orgId: string, warmupId = newId('warmup')): Promise<string> {
    const { records, capacity, clock } = this.#sandboxes;
    const expiresAtMs = clock() + warmupTtlMs;
    const pooled = await this.#pool.claim(repoId, { owner: 'warmup', claimId: warmupId, expiresAtMs });
    if (pooled) return warmupId;
    const record = await newRecord(this.#sandboxes, {
      owner: 'warmup',
      claimId: warmupId,
      repoId,
      orgId,
      expiresAtMs,
    });
    // Without room the session waits in line when its prompt comes; nobody waits for a warm-up.
    if (!(await capacity.hasRoom()) || !(await records.addWithin(record, capacity.most))) return warmupId;
    this.#make(record, async () => {
      const begun = await begin(this.#sandboxes, record, 0);
      return begun.ok ? prepareAhead(this.#sandboxes, begun) : begun;
    });
    return warmupId;
  }

  /** Wakes the sandbox of a session that sleeps, because somebody types there. Once, however often it is said. */
  async forSession(meta: Meta): Promise<void> {
    if (!meta.repo || !meta.disk || meta.sandboxId || this.#waking.has(meta.id)) return;
    this.#waking.add(meta.id);
    try {
      await this.#wake(meta, meta.repo, meta.disk);
    } finally {
      this.#waking.delete(meta.id);
    }
  }

  async #wake({ id, orgId }: Meta, repoId: string, disk: string): Promise<void> {
    const { records, capacity, images, clock } = this.#sandboxes;
    if ((await this.find(id, repoId)) || !(await capacity.hasRoom())) return;
    const record: Ownership = {
      sandboxId: newId('sandbox'),
      owner: 'warmup',
      claimId: id,
      repoId,
      orgId,
      disk,
      createdAtMs: clock(),
      expiresAtMs: clock() + warmupTtlMs,
    };
    if (!(await records.addWithin(record, capacity.most))) return;
    this.#make(record, async () => {
      const { good } = await images.get(repoId);
      const made = await this.#sandboxes.make(record, 0, { disk, root: good?.root });
      if (!made.ok || !good) return made;
      const { environment } = good;
      return setUpEnvironment(this.#sandboxes, made.hands, { place: record, environment });
    });
  }

  /** The warm-up that a claim names (a warm-up's id, or a session's that sleeps). */
  async find(claimId: string, repoId: string): Promise<Ownership | null> {
    const records = await this.#sandboxes.records.list();
    const found = records.find(record => record.owner === 'warmup' && record.claimId === claimId);
    return found?.repoId === repoId ? found : null;
  }

  /** Hands a warm-up over to a session; null where somebody else was quicker or its time was over. */
  async claim(held: Ownership, sessionId: string): Promise<Ownership | null> {
    const { expiresAtMs: _, ...rest } = held;
    const { clock } = this.#sandboxes;
    const mine: Ownership = { ...rest, owner: 'session', claimId: sessionId, claimedAtMs: clock() };
    return (await this.#sandboxes.records.change(held, mine)) ? mine : null;
  }

  isMaking(sandboxId: string): boolean {
    return this.#making.has(sandboxId);
  }

  /** Waits for a warm-up that is still being made here. */
  async made(sandboxId: string): Promise<void> {
    await this.#making.get(sandboxId);
  }

  #make(record: Ownership, work: () => Promise<Result<{ hands?: Hands }>>): void {
    const { sandboxId, claimId } = record;
    const making = work().then(async made => {
      if (made.ok) return made;
      this.#sandboxes.log.warn({ claimId, reason: made.message }, 'a warm-up failed');
      await this.#sandboxes.discard(record);
      return made;
    });
    this.#making.set(sandboxId, making);
    void making.finally(() => this.#making.delete(sandboxId));
  }
}
