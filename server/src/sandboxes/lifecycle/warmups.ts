import { newId, type Result } from '@deckhand/shared';
import { oneAtATime } from '../../platform/oneAtATime.ts';
import { singleFlight } from '../../platform/singleFlight.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import { begin, newRecord, prepareAhead } from '../acquire/startSandbox.ts';
import { wakeOnDisk } from '../acquire/wakeOnDisk.ts';
import { setUpEnvironment } from '../environments/setUp.ts';
import type { Hands } from '../hands.ts';
import type { Pool } from '../pool/pool.ts';
import type { Sandboxes } from '../sandboxes.ts';
import type { Ownership } from './ownership.ts';

/** A prompt that is never sent gives its sandbox back after this. */
export const warmupTtlMs = 5 * 60_000;

/** A warm-up holds a place that nobody may come to use: so many one person has at a time, whatever is asked for. */
export const warmupsPerPerson = 3;

/** Sandboxes for prompts that somebody still types: of a new session, or of one that sleeps. */
export class Warmups {
  #sandboxes: Sandboxes;
  #pool: Pool;
  #making = singleFlight<string, Result>();
  #waking = new Set<string>();
  /** One at a time here, so that what is counted still holds. Several servers may go over by one each. */
  #inTurn = oneAtATime<'warmup'>();

  constructor(sandboxes: Sandboxes, pool: Pool) {
    this.#sandboxes = sandboxes;
    this.#pool = pool;
  }

  /**
   * Holds a sandbox for a session that is not there yet. Answers at once; the making goes on behind. Who holds enough
   * already gets an id without one: their session finds its sandbox as if nobody had typed.
   */
  forRepo(
    repoId: string,
    by: { orgId: string; userId: string },
    warmupId = newId('warmup'),
  ): Promise<string> {
    return this.#inTurn.run('warmup', () => this.#forRepo(repoId, by, warmupId));
  }

  async #forRepo(repoId: string, by: { orgId: string; userId: string }, warmupId: string): Promise<string> {
    const { orgId, userId: warmedFor } = by;
    const { records, capacity, clock } = this.#sandboxes;
    if (!(await this.#mayHold(by))) return warmupId;
    const expiresAtMs = clock() + warmupTtlMs;
    const claim = { owner: 'warmup' as const, claimId: warmupId, warmedFor, expiresAtMs };
    if (await this.#pool.claim(repoId, claim)) return warmupId;
    const record = await newRecord(this.#sandboxes, {
      ...claim,
      repoId,
      orgId,
    });
    // Without room the session waits in line when its prompt comes; nobody waits for a warm-up.
    if (!(await capacity.hasRoom()) || !(await records.addWithin(record, capacity.most))) return warmupId;
    this.#make(record, async () => {
      const begun = await begin(this.#sandboxes, record, 0);
      return begun.ok ? prepareAhead(this.#sandboxes, begun) : begun;
    });
    return warmupId;
  }

  /** So many for each person, and half of all places for an organisation: the rest is for prompts that were sent. */
  async #mayHold({ orgId, userId }: { orgId: string; userId: string }): Promise<boolean> {
    const { records, capacity } = this.#sandboxes;
    const held = (await records.list()).filter(one => one.owner === 'warmup' && one.orgId === orgId);
    const theirs = held.filter(({ warmedFor }) => warmedFor === userId);
    return theirs.length < warmupsPerPerson && held.length < Math.max(1, Math.floor(capacity.most / 2));
  }

  /** Wakes the sandbox of a session that sleeps, because this person types or looks there. Once, however often it is said. */
  async forSession(meta: Meta, userId: string): Promise<void> {
    const { repo, disk } = meta;
    if (!repo || !disk || meta.sandboxId || this.#waking.has(meta.id)) return;
    this.#waking.add(meta.id);
    try {
      await this.#inTurn.run('warmup', () => this.#wake(meta, { repoId: repo, disk, userId }));
    } finally {
      this.#waking.delete(meta.id);
    }
  }

  async #wake(
    { id, orgId, root }: Meta,
    { repoId, disk, userId }: { repoId: string; disk: string; userId: string },
  ): Promise<void> {
    const { records, capacity, images, clock } = this.#sandboxes;
    if ((await this.find(id, repoId)) || !(await this.#mayHold({ orgId, userId }))) return;
    if (!(await capacity.hasRoom())) return;
    const record: Ownership = {
      sandboxId: newId('sandbox'),
      owner: 'warmup',
      claimId: id,
      repoId,
      orgId,
      disk,
      warmedFor: userId,
      createdAtMs: clock(),
      expiresAtMs: clock() + warmupTtlMs,
    };
    if (!(await records.addWithin(record, capacity.most))) return;
    this.#make(record, async () => {
      const { good } = await images.get(repoId);
      const made = await wakeOnDisk(this.#sandboxes, record, { disk, root, fence: 0 });
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
    const { records, clock } = this.#sandboxes;
    for (let now: Ownership | null = held; ; now = await records.get(held.sandboxId)) {
      // A look at what it serves changes its record, and nothing of whose it is.
      if (now?.owner !== 'warmup' || now.claimId !== held.claimId) return null;
      const { expiresAtMs: _, warmedFor: __, ...rest } = now;
      const mine: Ownership = { ...rest, owner: 'session', claimId: sessionId, claimedAtMs: clock() };
      if (await records.change(now, mine)) return mine;
    }
  }

  isMaking(sandboxId: string): boolean {
    return this.#making.running(sandboxId) !== undefined;
  }

  /** Waits for a warm-up that is still being made here. */
  async made(sandboxId: string): Promise<void> {
    await this.#making.running(sandboxId);
  }

  #make(record: Ownership, work: () => Promise<Result<{ hands?: Hands }>>): void {
    const { sandboxId, claimId } = record;
    const { log } = this.#sandboxes;
    const making = this.#making.run(sandboxId, async () => {
      const made = await work();
      if (made.ok) return made;
      log.warn({ claimId, reason: made.message }, 'a warm-up failed');
      await this.#sandboxes.discard(record);
      return made;
    });
    making.catch(error => log.warn({ err: error, claimId }, 'a warm-up failed'));
  }
}
