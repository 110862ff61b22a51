import { type Author, newId, type Result } from '@deckhand/shared';
import type { Logger } from 'pino';
import type { Repos } from '../repos/repos.ts';
import type { SandboxDriver, SandboxLimits } from './driver.ts';
import type { Hands } from './hands.ts';
import type { Ownership, OwnershipRecords, SleepingDisks } from './ownership.ts';
import { checkOut, repoDir, toFailure } from './workspace.ts';

/** Where sandboxes run, once the engine answers and the base image is built; waits for that. */
export type EngineReady = () => Promise<Result<{ driver: SandboxDriver }>>;
export type OpenHands = (
  driver: SandboxDriver,
  sandboxId: string,
  owner: { sessionId?: string; fence: number },
) => Promise<Result<{ hands: Hands }>>;

export type SandboxDeps = {
  engine: EngineReady;
  open: OpenHands;
  records: OwnershipRecords;
  disks: SleepingDisks;
  repos: Repos;
  limits: SandboxLimits;
  log: Logger;
};

export const warmupTtlMs = 5 * 60_000;
/** Sync is behind by at most this for a sandbox that starts now. */
const freshMs = 15_000;
const nobody: Author = { userId: 'deckhand', name: 'Deckhand' };

/** Sandboxes of this node: the open bridges, and the making of new ones. Who owns what is in the records. */
export class Sandboxes {
  readonly deps: SandboxDeps;
  #bridges = new Map<string, Hands>();
  #acquiring = new Map<string, Promise<unknown>>();
  #sleeping = new Map<string, Promise<void>>();
  #making = new Map<string, Promise<Result<{ hands: Hands }>>>();

  constructor(deps: SandboxDeps) {
    this.deps = deps;
  }

  /** Starts making a sandbox for a prompt that is still being typed. Answers at once; the making goes on behind. */
  async warmUp(repoId: string, orgId: string, warmupId = newId('warmup')): Promise<string> {
    const record: Ownership = {
      sandboxId: newId('sandbox'),
      owner: 'warmup',
      claimId: warmupId,
      repoId,
      orgId,
      createdAtMs: Date.now(),
      expiresAtMs: Date.now() + warmupTtlMs,
    };
    await this.deps.records.add(record);
    const making = this.make(record, 0).then(async made => {
      if (!made.ok) {
        this.deps.log.warn({ warmupId, reason: made.message }, 'a warm-up failed');
        await this.discard(record);
      }
      return made;
    });
    this.#making.set(record.sandboxId, making);
    void making.finally(() => this.#making.delete(record.sandboxId));
    return warmupId;
  }

  /** The sandbox of a warm-up, handed over to a session; null where there is none that is whole. */
  async claimWarmup(warmupId: string, sessionId: string, repoId: string): Promise<Ownership | null> {
    const records = await this.deps.records.list();
    const held = records.find(record => record.owner === 'warmup' && record.claimId === warmupId);
    if (!held || held.repoId !== repoId) return null;
    const { expiresAtMs: _, ...rest } = held;
    const mine: Ownership = { ...rest, owner: 'session', claimId: sessionId };
    return (await this.deps.records.change(held, mine)) ? mine : null;
  }

  /**
   * One acquisition of a session's sandbox at a time on this node: one that a turn began and did not wait for must
   * be over before the next turn looks. (On another node the higher fence cuts it off.)
   */
  oneAtATime<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#acquiring.get(sessionId) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#acquiring.set(sessionId, mine);
    const clear = () => {
      if (this.#acquiring.get(sessionId) === mine) this.#acquiring.delete(sessionId);
    };
    mine.then(clear, clear);
    return mine;
  }

  /** Whether a warm-up is still being made here. */
  isMaking(sandboxId: string): boolean {
    return this.#making.has(sandboxId);
  }

  /** Waits for a warm-up that is still being made here. */
  async made(sandboxId: string): Promise<void> {
    await this.#making.get(sandboxId);
  }

  /** Creates the container of a record, from a disk where one is named, and puts the repository of a warm-up into it. */
  async make(record: Ownership, fence: number, disk?: string): Promise<Result<{ hands: Hands }>> {
    const engine = await this.deps.engine();
    if (!engine.ok) return engine;
    const { sandboxId, repoId, orgId, owner, claimId } = record;
    const created = await engine.driver.create({
      id: sandboxId,
      labels: { orgId, repoId, owner, ...(owner === 'session' ? { sessionId: claimId } : {}) },
      limits: this.deps.limits,
      ...(disk ? { disk: { from: disk } } : {}),
    });
    if (!created.ok) return toFailure(created);
    const bridge = await this.bridge(record, fence);
    if (!bridge.ok) return bridge;
    const mirror = this.deps.repos.mirror(repoId);
    const fetched = await mirror.fetch(freshMs);
    const base = await mirror.base();
    if (!base.ok) return fetched.ok ? base : fetched;
    if (owner === 'session') return bridge;
    const done = await checkOut(bridge.hands, mirror, {
      branch: 'deckhand-warm',
      baseSha: base.sha,
      refSha: null,
      author: nobody,
    });
    return done.ok ? bridge : done;
  }

  /** An open bridge to a sandbox that runs, under the given fence. */
  async bridge(record: Ownership, fence: number): Promise<Result<{ hands: Hands }>> {
    const owner = { fence, ...(record.owner === 'session' ? { sessionId: record.claimId } : {}) };
    const open = this.#bridges.get(record.sandboxId);
    if (open) {
      const claimed = owner.sessionId
        ? await open.claim({ sessionId: owner.sessionId, fence })
        : ({ ok: true } as const);
      if (claimed.ok) return { ok: true, hands: open };
      this.#bridges.delete(record.sandboxId);
    }
    const engine = await this.deps.engine();
    if (!engine.ok) return engine;
    const opened = await this.deps.open(engine.driver, record.sandboxId, owner);
    if (!opened.ok) return opened;
    this.#bridges.set(record.sandboxId, opened.hands);
    opened.hands.onLost(() => {
      if (this.#bridges.get(record.sandboxId) === opened.hands) this.#bridges.delete(record.sandboxId);
    });
    return opened;
  }

  /**
   * Ends a sandbox and keeps its disk. May be repeated: after a crash in the middle the reaper does, or the turn that
   * wants the disk.
   */
  sleep(record: Ownership): Promise<void> {
    const { sandboxId } = record;
    const sleeping =
      this.#sleeping.get(sandboxId) ?? this.#sleep(record).finally(() => this.#sleeping.delete(sandboxId));
    this.#sleeping.set(sandboxId, sleeping);
    return sleeping;
  }

  async #sleep(record: Ownership): Promise<void> {
    const { sandboxId, claimId } = record;
    this.#bridges.get(sandboxId)?.close();
    this.#bridges.delete(sandboxId);
    const engine = await this.deps.engine();
    if (!engine.ok) return;
    const name = sleepDiskOf(sandboxId);
    const kept = await engine.driver.sleep(sandboxId, name, { labels: { session: claimId } });
    // The saved work is in the blob store: without a disk the session only loses what git ignores.
    if (!kept.ok)
      this.deps.log.warn({ sandboxId, reason: kept.message }, 'the disk of a sandbox was not kept');
    await this.discard(record);
  }

  /** Ends a sandbox and its record. The record goes last: a crash in between leaves it to the reaper. */
  async discard(record: Ownership): Promise<void> {
    if (await this.remove(record)) await this.deps.records.remove(record);
  }

  /** Ends a sandbox whose record stays, for another to take its place. False where the engine does not answer. */
  async remove(record: Ownership): Promise<boolean> {
    this.#bridges.get(record.sandboxId)?.close();
    this.#bridges.delete(record.sandboxId);
    const engine = await this.deps.engine();
    if (!engine.ok) return false;
    await engine.driver.remove(record.sandboxId);
    return true;
  }

  /** Lets go of all bridges; what runs inside goes on. */
  close(): void {
    for (const hands of this.#bridges.values()) hands.close();
    this.#bridges.clear();
  }
}

/** Name of the disk that a sandbox's session sleeps on. */
export const sleepDiskOf = (sandboxId: string) => `sleep-${sandboxId}`;

/** The base commit of the repository in there, or null where none is whole: that ref is written last. */
export async function checkedOutBase(hands: Hands): Promise<string | null> {
  const found = await hands.run([
    'git',
    '-C',
    repoDir,
    'rev-parse',
    '--verify',
    '--quiet',
    'refs/deckhand/base',
  ]);
  return found.ok && found.code === 0 ? found.stdout.toString('utf8').trim() : null;
}
