import type { Result } from '@deckhand/shared';
import type { Logger } from 'pino';
import { oneAtATime } from '../platform/oneAtATime.ts';
import { singleFlight } from '../platform/singleFlight.ts';
import type { Repos } from '../repos/repos.ts';
import type { Gate } from './acquire/syncGate.ts';
import type { DiskAbout, SandboxDriver, SandboxLimits } from './driver.ts';
import { type SandboxEgress, unruled } from './egressPort.ts';
import type { Environment } from './environments/environment.ts';
import type { EnvironmentSecrets } from './environments/secrets.ts';
import { leftRunning } from './environments/start.ts';
import type { Hands } from './hands.ts';
import type { ImageRecords } from './images/imageRecords.ts';
import type { Capacity } from './lifecycle/admission.ts';
import type { Ownership, OwnershipRecords, SleepingDisks } from './lifecycle/ownership.ts';
import { toFailure } from './worktree/script.ts';

/** Where sandboxes run, once the engine answers and the base image is built; waits for that. */
export type EngineReady = () => Promise<Result<{ driver: SandboxDriver }>>;
export type OpenHands = (
  driver: SandboxDriver,
  sandboxId: string,
  owner: { sessionId?: string; fence: number; visitor?: true },
) => Promise<Result<{ hands: Hands }>>;

export type SandboxDeps = {
  engine: EngineReady;
  open: OpenHands;
  records: OwnershipRecords;
  disks: SleepingDisks;
  images: ImageRecords;
  capacity: Capacity;
  repos: Repos;
  secrets: Pick<EnvironmentSecrets, 'values'>;
  /** Says what sandboxes may reach; whatever is public where absent. */
  egress?: SandboxEgress;
  limits: SandboxLimits;
  /** Longest run of one command of an environment that says nothing else. */
  commandTimeoutMs: number;
  /** Epoch milliseconds. */
  clock: () => number;
  log: Logger;
};

/** What a sandbox begins with: a copy of a disk, and a root file system other than the base image. */
export type Start = { disk?: string | undefined; root?: string | null | undefined };

/** Sandboxes of this node: the open bridges and gates, the making and ending. Who owns what is in the records. */
export class Sandboxes {
  readonly engine: EngineReady;
  readonly records: OwnershipRecords;
  readonly disks: SleepingDisks;
  readonly images: ImageRecords;
  readonly capacity: Capacity;
  readonly repos: Repos;
  readonly secrets: Pick<EnvironmentSecrets, 'values'>;
  readonly egress: SandboxEgress;
  readonly commandTimeoutMs: number;
  readonly clock: () => number;
  readonly log: Logger;
  #open: OpenHands;
  #limits: SandboxLimits;
  /** Of sandboxes that are still brought up to date, here. */
  readonly gates = new Map<string, Gate>();
  /** Hears of a repository whose image turned out to be gone. */
  onImageLost: (repoId: string) => void = () => {};
  /** Hears of a sandbox that began without an image. */
  onNoImage: (repoId: string) => void = () => {};
  #bridges = new Map<string, Hands>();
  /** Beside the bridges: for what listens on ports. */
  #visits = new Map<string, Promise<Result<{ hands: Hands }>>>();
  #acquiring = oneAtATime<string>();
  #sleeping = singleFlight<string, void>();

  constructor(deps: SandboxDeps) {
    this.engine = deps.engine;
    this.records = deps.records;
    this.disks = deps.disks;
    this.images = deps.images;
    this.capacity = deps.capacity;
    this.repos = deps.repos;
    this.secrets = deps.secrets;
    this.egress = deps.egress ?? unruled;
    this.commandTimeoutMs = deps.commandTimeoutMs;
    this.clock = deps.clock;
    this.log = deps.log;
    this.#open = deps.open;
    this.#limits = deps.limits;
  }

  /**
   * One acquisition of a session's sandbox at a time on this node: one that a turn began and did not wait for must
   * be over before the next turn looks. (On another node the higher fence cuts it off.)
   */
  oneAtATime<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    return this.#acquiring.run(sessionId, work);
  }

  /** Creates the container of a record and opens a bridge to it. */
  async make(record: Ownership, fence: number, start: Start = {}): Promise<Result<{ hands: Hands }>> {
    const engine = await this.engine();
    if (!engine.ok) return engine;
    const { sandboxId, repoId, orgId, owner, claimId } = record;
    const admitted = this.egress.admit(record);
    const created = await engine.driver.create({
      id: sandboxId,
      labels: { orgId, repoId, owner, ...(owner === 'session' ? { sessionId: claimId } : {}) },
      limits: this.#limits,
      ...(start.disk ? { disk: { from: start.disk, isLast: isSleepDisk(start.disk) } } : {}),
      ...(start.root ? { image: start.root } : {}),
    });
    await admitted;
    return created.ok ? this.bridge(record, fence) : toFailure(created);
  }

  /** An open bridge to a sandbox that runs, under the given fence. */
  async bridge(record: Ownership, fence: number): Promise<Result<{ hands: Hands }>> {
    const owner = { fence, ...(record.owner === 'session' ? { sessionId: record.claimId } : {}) };
    const open = this.#bridges.get(record.sandboxId);
    if (open) {
      // Another's by now, maybe, with other grants; what it may reach follows within a moment.
      void this.egress.admit(record);
      const claimed = owner.sessionId
        ? await open.claim({ sessionId: owner.sessionId, fence })
        : ({ ok: true } as const);
      if (claimed.ok) return { ok: true, hands: open };
      this.#bridges.delete(record.sandboxId);
    }
    const engine = await this.engine();
    if (!engine.ok) return engine;
    const opened = await this.#open(engine.driver, record.sandboxId, owner);
    if (!opened.ok) return opened;
    this.#bridges.set(record.sandboxId, opened.hands);
    opened.hands.onLost(() => {
      if (this.#bridges.get(record.sandboxId) === opened.hands) this.#bridges.delete(record.sandboxId);
    });
    return opened;
  }

  /**
   * To the ports of a sandbox, whichever server its turn runs on: takes nothing from the bridge that a turn has. One for
   * each sandbox on this node.
   */
  visit(sandboxId: string): Promise<Result<{ hands: Hands }>> {
    const open = this.#visits.get(sandboxId);
    if (open) return open;
    const visit = this.#openVisit(sandboxId);
    this.#visits.set(sandboxId, visit);
    // By then another may have taken its place.
    const over = () => {
      if (this.#visits.get(sandboxId) === visit) this.#visits.delete(sandboxId);
    };
    visit.then(opened => (opened.ok ? opened.hands.onLost(over) : over()), over);
    return visit;
  }

  async #openVisit(sandboxId: string): Promise<Result<{ hands: Hands }>> {
    const engine = await this.engine();
    if (!engine.ok) return engine;
    return this.#open(engine.driver, sandboxId, { fence: 0, visitor: true });
  }

  /** The environment that a repository's newest image was made from; null where it has none. */
  async environmentOf(repoId: string): Promise<Environment | null> {
    return (await this.images.get(repoId)).good?.environment ?? null;
  }

  /** What a session has now, whoever prepared it: its own sandbox, else the one that is being warmed for it. */
  async heldBy(sessionId: string): Promise<Ownership | null> {
    const held = (await this.records.list()).filter(
      ({ claimId, owner }) => claimId === sessionId && owner !== 'build' && owner !== 'pool',
    );
    return held.find(({ owner }) => owner === 'session') ?? held[0] ?? null;
  }

  /** Ends a sandbox that a session is done with; one that is another's by now stays. */
  async discardOf(sessionId: string, sandboxId: string): Promise<void> {
    const record = await this.records.get(sandboxId);
    if (record?.claimId === sessionId) await this.discard(record);
  }

  isBridged(sandboxId: string): boolean {
    return this.#bridges.has(sandboxId);
  }

  /** What a sandbox's people left running there; nothing where it cannot be asked. */
  async leftRunning(record: Ownership): Promise<string[]> {
    const bridge = await this.bridge(record, record.fence ?? 0);
    return bridge.ok ? leftRunning(bridge.hands) : [];
  }

  /**
   * Ends a sandbox and keeps its disk. May be repeated: after a crash in the middle the reaper does, or the turn that
   * wants the disk.
   */
  sleep(record: Ownership): Promise<void> {
    return this.#sleeping.run(record.sandboxId, () => this.#sleep(record));
  }

  async #sleep(record: Ownership): Promise<void> {
    const { sandboxId, claimId } = record;
    const kept = await this.keepAs(record, sleepDiskOf(sandboxId), { labels: { session: claimId } });
    if (!kept.ok && kept.code === 'engine_down') return;
    // The saved work is in the blob store: without a disk the session only loses what git ignores.
    if (!kept.ok) this.log.warn({ sandboxId, reason: kept.message }, 'the disk of a sandbox was not kept');
    await this.discard(record);
  }

  /** Ends a sandbox; its disk lives on under a name. */
  async keepAs(
    record: Ownership,
    disk: string,
    about: Partial<DiskAbout>,
  ): Promise<Result<{ bytes: number }>> {
    this.#close(record.sandboxId);
    const engine = await this.engine();
    if (!engine.ok) return engine;
    const kept = await engine.driver.sleep(record.sandboxId, disk, about);
    return kept.ok ? kept : toFailure(kept);
  }

  /** Freezes a sandbox that idles. Only while its record stays as it was seen: a turn that begins changes it. */
  async pause(record: Ownership): Promise<void> {
    const running = await this.leftRunning(record);
    const paused = { ...record, pausedAtMs: this.clock(), leftRunning: running };
    if (!(await this.records.change(record, paused))) return;
    this.#close(record.sandboxId);
    const engine = await this.engine();
    if (!engine.ok) return;
    await engine.driver.pause(record.sandboxId);
    // A turn may have begun after the record said so and thawed what was not frozen yet.
    const now = await this.records.get(record.sandboxId);
    if (now?.pausedAtMs === undefined) await engine.driver.unpause(record.sandboxId);
  }

  /** Somebody looks at what it serves: frozen processes go on, and it is not idle for a while. */
  async lookedAt(sandboxId: string): Promise<void> {
    const record = await this.records.get(sandboxId);
    if (!record) return;
    const { pausedAtMs, leftRunning: _, ...awake } = record;
    const nowMs = this.clock();
    if (pausedAtMs === undefined && nowMs - (record.lookedAtMs ?? 0) < lookEveryMs) return;
    if (pausedAtMs !== undefined) {
      // Before its record says so: after a crash in between it is thawed once more, not left frozen.
      const engine = await this.engine();
      if (engine.ok) await engine.driver.unpause(record.sandboxId);
    }
    // Where somebody else changes it meanwhile, the next look says so again.
    await this.records.change(record, { ...awake, lookedAtMs: nowMs });
  }

  /** Ends a sandbox and its record. The record goes last: a crash in between leaves it to the reaper. */
  async discard(record: Ownership): Promise<void> {
    if (await this.remove(record)) await this.records.removeById(record.sandboxId);
  }

  /** Ends a sandbox whose record stays, for another to take its place. False where the engine does not answer. */
  async remove(record: Ownership): Promise<boolean> {
    this.#close(record.sandboxId);
    const engine = await this.engine();
    if (!engine.ok) return false;
    await engine.driver.remove(record.sandboxId);
    return true;
  }

  /** Lets go of all bridges; what runs inside goes on. */
  close(): void {
    for (const sandboxId of [...this.#bridges.keys(), ...this.#visits.keys()]) this.#close(sandboxId);
  }

  #close(sandboxId: string): void {
    this.#bridges.get(sandboxId)?.close();
    this.#bridges.delete(sandboxId);
    this.#visits.get(sandboxId)?.then(
      visit => visit.ok && visit.hands.close(),
      () => {},
    );
    this.#visits.delete(sandboxId);
    this.gates.delete(sandboxId);
  }
}

/** A look is written down at most this often. */
export const lookEveryMs = 5_000;

/** Name of the disk that a sandbox's session sleeps on. */
export const sleepDiskOf = (sandboxId: string) => `sleep-${sandboxId}`;
/** Only the session that slept on it wakes on it. */
const isSleepDisk = (name: string) => name.startsWith('sleep-');
