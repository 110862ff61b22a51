import { failure, type Result } from '@deckhand/shared';
import type { Logger } from 'pino';
import { oneAtATime } from '../../platform/oneAtATime.ts';
import { readFields } from '../../sessions/archive/hotOrCold.ts';
import { readRun } from '../../sessions/run/runState.ts';
import { readTurn, type TurnRecord, turnDisk } from '../../sessions/run/turnRecords.ts';
import { part } from '../../sessions/store/keys.ts';
import { readMeta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { SandboxDriver } from '../driver.ts';
import type { EngineReady } from '../sandboxes.ts';
import { type SnapshotRecord, SnapshotRecords } from './records.ts';
import { judged, surplus } from './retention.ts';

export type SnapshotDeps = {
  store: Store;
  engine: EngineReady;
  /** How many of a session stay; named ones stay besides. */
  kept: number;
  log: Logger;
};

type Ended = { sessionId: string; turnId: string };

/** The disks of sessions as they were at the ends of turns. */
export class Snapshots {
  #deps: SnapshotDeps;
  #records: SnapshotRecords;
  #taking = oneAtATime<string>();
  #saidWhyNone = false;

  constructor(deps: SnapshotDeps) {
    this.#deps = deps;
    this.#records = new SnapshotRecords(deps.store);
  }

  /**
   * Keeps the disk of a turn that has just ended. Nobody waits for it and it holds no lease: the next turn begins at
   * once, and one that uses the sandbox before the copy is whole makes it worthless.
   */
  takeBehind(turn: Ended): void {
    const { sessionId, turnId } = turn;
    this.#taking
      .run(sessionId, () => this.#take(turn))
      .catch(error => this.#deps.log.warn({ err: error, sessionId, turnId }, 'a snapshot was not taken'));
  }

  /** Resolves once no snapshot of this session is being taken here. */
  async settled(sessionId: string): Promise<void> {
    await this.#taking.settled(sessionId);
  }

  /** Those of these disks that are there. */
  async kept(disks: readonly string[]): Promise<Map<string, SnapshotRecord>> {
    const found = await this.#records.some(disks);
    return new Map([...found].filter(([, { state }]) => state === 'kept'));
  }

  /** Holds a disk for a session that is to begin from it. False where it is not there. */
  async claim(disk: string, sessionId: string): Promise<boolean> {
    const claimed = await this.#records.change(disk, record => {
      if (record.state !== 'kept') return null;
      const others = record.claims.filter(claim => claim.sessionId !== sessionId);
      return { ...record, claims: [...others, { sessionId, atMs: Date.now() }] };
    });
    return claimed !== null;
  }

  /** Names a turn's snapshot, so that it stays; null takes the name back. */
  async name(turn: Pick<TurnRecord, 'n' | 'disk'>, name: string | null): Promise<Result> {
    const named = await this.#records.change(turn.disk ?? '', ({ name: _, ...record }) =>
      record.state === 'kept' ? { ...record, ...(name === null ? {} : { name }) } : null,
    );
    if (named) return { ok: true };
    return failure('not_found', `Turn ${turn.n} has no snapshot (any more): there is nothing to name.`);
  }

  /** Drops what this session keeps too many of; of an archived one all but the named ones. */
  async retain(sessionId: string): Promise<void> {
    const engine = await this.#deps.engine();
    if (!engine.ok) return;
    const turnIds = await readFields(this.#deps.store, sessionId, part.turns);
    const found = await this.#records.some(turnIds.map(turnDisk));
    // A fork has the turns of its source, whose snapshots are not its own to drop.
    const own = new Map([...found].filter(([, record]) => record.sessionId === sessionId));
    for (const { disk, record } of surplus(await judged(this.#deps.store, own), this.#deps.kept))
      if (await this.#records.remove(disk, record)) await engine.driver.removeDisk(disk);
  }

  async #take({ sessionId, turnId }: Ended): Promise<void> {
    const engine = await this.#deps.engine();
    if (!engine.ok || !(await this.#copiesAreFree(engine.driver))) return;
    const disk = turnDisk(turnId);
    const begun = await this.#standsAt(sessionId, disk);
    if (!begun) return;
    const { sandboxId, root } = begun;
    const about = { sessionId, turnId, atMs: Date.now(), root };
    await this.#records.add(disk, { ...about, state: 'taking', claims: [] });
    // Whoever erases the session archives it, then waits for what is being taken: one of both sees the other.
    if (!(await this.#standsAt(sessionId, disk))) return this.#records.forget(disk);
    const labels = { session: sessionId, turn: turnId };
    const taken = await engine.driver.snapshot(sandboxId, disk, { kind: 'snapshot', labels });
    const stands = taken.ok && (await this.#standsAt(sessionId, disk))?.sandboxId === sandboxId;
    if (!taken.ok)
      this.#deps.log.warn({ sessionId, turnId, reason: taken.message }, 'a snapshot was not taken');
    if (!stands) {
      // In this order: who waits for the record to go takes the disk to be gone, too.
      await engine.driver.removeDisk(disk);
      return this.#records.forget(disk);
    }
    // Whoever erased the session meanwhile found no disk to remove yet.
    if (!(await this.#records.change(disk, was => ({ ...was, state: 'kept' }))))
      return engine.driver.removeDisk(disk);
    await this.retain(sessionId);
  }

  /** The session's sandbox while its disk is as that turn left it; null once another turn has used it. */
  async #standsAt(
    sessionId: string,
    disk: string,
  ): Promise<{ sandboxId: string; root: string | null } | null> {
    const meta = await readMeta(this.#deps.store, sessionId);
    // Of an archived session none is kept; one that is erased is archived first.
    if (!meta || meta.state === 'archived') return null;
    if ((await readRun(this.#deps.store, sessionId)).turn?.touched) return null;
    const turn = await readTurn(this.#deps.store, sessionId, meta.turnHead);
    const { sandboxId, root } = meta;
    return turn?.disk === disk && sandboxId ? { sandboxId, root } : null;
  }

  async #copiesAreFree(driver: SandboxDriver): Promise<boolean> {
    if ((await driver.capabilities()).instantCopies) return true;
    if (!this.#saidWhyNone)
      this.#deps.log.warn(
        'copies of disks take long on this engine: no snapshot is kept for each turn, only the disk that a session sleeps on',
      );
    this.#saidWhyNone = true;
    return false;
  }
}
