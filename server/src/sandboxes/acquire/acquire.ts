import { type Failure, failure, type Result } from '@deckhand/shared';
import type { TurnWriter } from '../../sessions/run/turnWriter.ts';
import type { Ownership } from '../lifecycle/ownership.ts';
import type { Warmups } from '../lifecycle/warmups.ts';
import type { Pool } from '../pool/pool.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { checkedOutBase } from '../worktree/checkout.ts';
import { toFailure } from '../worktree/script.ts';
import { setAuthor } from '../worktree/workspace.ts';
import { SandboxEvents } from './sandboxEvents.ts';
import { type Acquired, type From, type SandboxNeeds, type SessionState, Settling } from './settle.ts';
import { begin, newRecord, type StartedSandbox } from './startSandbox.ts';
import { wakeOnDisk } from './wakeOnDisk.ts';

/** Where a session's sandbox may come from. */
export type Sources = {
  sandboxes: Sandboxes;
  warmups: Warmups;
  pool: Pool;
  /** Hears where each new sandbox of a session came from. */
  onClaim: (from: From) => void;
};

/** Gets a session its sandbox: the one it has, one made ahead, one from its disk or its image, else a new one. */
export class Acquisition {
  readonly events: SandboxEvents;
  #from: Sources;
  #writer: TurnWriter;
  #needs: SandboxNeeds;
  #state: SessionState;
  #settling: Settling;

  constructor(
    from: Sources,
    writer: TurnWriter,
    { needs, state }: { needs: SandboxNeeds; state: SessionState },
  ) {
    this.#from = from;
    this.#writer = writer;
    this.#needs = needs;
    this.#state = state;
    this.events = new SandboxEvents(writer);
    this.#settling = new Settling(from.sandboxes, writer, { needs, state, events: this.events });
  }

  /** True once it found that the sandbox was lost. */
  lost = false;

  async acquire(): Promise<Result<Acquired>> {
    return (
      (await this.#reuse()) ??
      (await this.#takeWarmup()) ??
      (await this.#takePooled()) ??
      (await this.#make())
    );
  }

  /** The sandbox that the session already has, or null where it needs another. */
  async #reuse(): Promise<Result<Acquired> | null> {
    const { sandboxId, baseSha, syncing } = this.#state;
    if (!sandboxId) return null;
    const { sandboxes } = this.#from;
    const record = await this.#takeForTurn(sandboxId);
    if (!record) return null;
    const engine = await sandboxes.engine();
    if (!engine.ok) return engine;
    let state = await engine.driver.inspect(sandboxId);
    if (state === 'engine_down') return engineDown();
    if (state === 'paused' && (await engine.driver.unpause(sandboxId)).ok) state = 'running';
    if (state !== 'running') return this.#lose(record);
    const bridge = await sandboxes.bridge(record, this.#writer.fence);
    if (!bridge.ok) return this.#refused(record, bridge);
    let gone: Failure | null = null;
    bridge.hands.onLost(why => {
      gone = toFailure(why);
    });
    const base = await checkedOutBase(bridge.hands);
    if (gone) return this.#refused(record, gone);
    if (!base) return this.#settling.fillIn(record, bridge.hands, null);
    // Without a known base, whoever made it lost the session before saying so.
    if (!baseSha)
      return this.#settling.settleIn(record, bridge.hands, { from: fromOf(record), entered: true });
    const set = await setAuthor(bridge.hands, this.#needs.author);
    if (!set.ok) return set;
    const known = sandboxes.gates.get(sandboxId) ?? null;
    // What could not be installed is tried again with each prompt, while there is something to install.
    const gate = !syncing && known?.hasFailed ? null : known;
    if (!syncing) {
      const finished = gate ? null : await this.#settling.finish(record, bridge.hands, fromOf(record));
      return finished ?? { ok: true, hands: bridge.hands, gate };
    }
    // The turn that began to bring it up to date may be over, or its server dead.
    return gate
      ? this.#settling.watch(bridge.hands, gate, fromOf(record))
      : this.#settling.resume(record, bridge.hands, { from: fromOf(record), base });
  }

  /** Says in the record that a turn uses it, so that nobody who looked before puts it to sleep or freezes it. */
  async #takeForTurn(sandboxId: string): Promise<Ownership | null> {
    const { records } = this.#from.sandboxes;
    for (;;) {
      const record = await records.get(sandboxId);
      if (record?.claimId !== this.#writer.sessionId) return null;
      const { pausedAtMs: _, leftRunning: __, ...rest } = record;
      const mine = { ...rest, fence: this.#writer.fence };
      if (await records.change(record, mine)) return mine;
    }
  }

  /**
   * It runs and will not speak to us. Asking it again would be refused again: another takes its place, unless a worker
   * with a higher fence took it over, or the engine is what fails.
   */
  async #refused(record: Ownership, why: Failure): Promise<Failure | null> {
    if (why.code !== 'sandbox_lost') return why;
    const now = await this.#from.sandboxes.records.get(record.sandboxId);
    return now?.fence === this.#writer.fence ? this.#lose(now) : why;
  }

  async #lose(record: Ownership): Promise<null> {
    this.lost = true;
    await this.events.lost();
    await this.#from.sandboxes.discard(record);
    return null;
  }

  /** What was made while somebody typed: for a new session, or for this one that slept. */
  async #takeWarmup(): Promise<Result<Acquired> | null> {
    const { warmupId, disk, refSha } = this.#state;
    const claimId = disk ? this.#writer.sessionId : refSha ? null : warmupId;
    if (!claimId) return null;
    const { warmups } = this.#from;
    const held = await warmups.find(claimId, this.#needs.repoId);
    if (!held || held.disk !== (disk ?? undefined)) return null;
    const record = await warmups.claim(held, this.#writer.sessionId);
    if (!record) return null;
    const from = disk ? 'snapshot' : fromOf(record);
    await this.#own(record, from);
    if (warmups.isMaking(record.sandboxId)) await this.events.tell(disk ? 'restoring' : 'warming', from);
    await warmups.made(record.sandboxId);
    return this.#moveIn(record, from);
  }

  async #takePooled(): Promise<Result<Acquired> | null> {
    const { sessionId } = this.#writer;
    if (this.#state.disk || this.#state.refSha) return null;
    const record = await this.#from.pool.claim(this.#needs.repoId, { owner: 'session', claimId: sessionId });
    if (!record) return null;
    await this.#own(record, 'pool');
    return this.#moveIn(record, 'pool');
  }

  /** Into a sandbox that was made ahead; null where it is not whole. */
  async #moveIn(record: Ownership, from: From): Promise<Result<Acquired> | null> {
    const { sandboxes } = this.#from;
    const bridge = await sandboxes.bridge(record, this.#writer.fence);
    // What the pool gives out was whole when it was put there.
    const isWhole = bridge.ok && (from === 'pool' || (await checkedOutBase(bridge.hands)) !== null);
    if (!bridge.ok || !isWhole) {
      await sandboxes.discard(record);
      await this.#writer.record([], { sandboxId: '' });
      return null;
    }
    if (from === 'snapshot') return this.#settling.wokenUp(record, bridge.hands, { entered: true });
    return this.#settling.settleIn(record, bridge.hands, { from, entered: true });
  }

  async #make(): Promise<Result<Acquired>> {
    const record = await this.#enter();
    if (!record.ok) return record;
    const { disk, refSha } = this.#state;
    const from = disk ? 'snapshot' : fromOf(record.record);
    await this.#own(record.record, from);
    await this.events.tell(disk || refSha ? 'restoring' : 'warming', from);
    const woken = disk ? await this.#wake(record.record, disk) : null;
    if (woken) return woken;
    const begun = await begin(this.#from.sandboxes, record.record, this.#writer.fence, {
      signal: this.#needs.signal,
      tell: detail => void this.events.makes(detail).catch(() => {}),
    });
    if (begun.ok && begun.withoutRoot) await this.events.ofBaseImage(begun.withoutRoot);
    const filled = begun.ok ? await this.#fill(begun) : begun;
    // What could not be made is no sandbox that was lost: the next turn begins anew.
    if (!filled.ok) await this.#disown(begun.ok ? begun.record : record.record);
    return filled;
  }

  /** A place among the sandboxes; waits in line for one, its place told. */
  async #enter(): Promise<Result<{ record: Ownership }>> {
    const { sandboxes } = this.#from;
    const { records, capacity } = sandboxes;
    const { repoId, orgId, signal } = this.#needs;
    const { sessionId } = this.#writer;
    const record = await newRecord(sandboxes, { owner: 'session', claimId: sessionId, repoId, orgId });
    const mine = { ...record, fence: this.#writer.fence };
    const enter = async () => ((await records.addWithin(mine, capacity.most)) ? mine : null);
    try {
      const told = (place: number) => this.events.waiting(place);
      return { ok: true, record: await capacity.inLine(sessionId, enter, { told, signal }) };
    } catch (error) {
      if (!signal.aborted) throw error;
      return failure('sandbox_lost', 'It was given up before there was room for a sandbox.');
    }
  }

  async #fill({ record, hands, image }: StartedSandbox): Promise<Result<Acquired>> {
    if (!image) await this.#writer.record([], { root: record.root ?? '' });
    if (image && !this.#state.refSha)
      return this.#settling.settleIn(record, hands, { from: 'image', entered: false });
    return this.#settling.fillIn(record, hands, image);
  }

  /** A sandbox on the disk that the session slept on; null where that disk is no good (the saved work is used then). */
  async #wake(record: Ownership, disk: string): Promise<Result<Acquired> | null> {
    const { sandboxes } = this.#from;
    const { root } = this.#state;
    const made = await wakeOnDisk(sandboxes, record, { disk, root, fence: this.#writer.fence });
    const base = made.ok ? await checkedOutBase(made.hands) : null;
    if (made.ok && base) return this.#settling.wokenUp(record, made.hands, { entered: false });
    this.#state.disk = null;
    await this.#writer.record([], { disk: '' });
    await this.events.withoutDisk();
    if (made.ok) await sandboxes.remove(record);
    return null;
  }

  async #disown(record: Ownership): Promise<void> {
    await this.#writer.record([], { sandboxId: '' });
    await this.#from.sandboxes.discard(record).catch(() => {});
  }

  async #own(record: Ownership, from: From): Promise<void> {
    this.#from.onClaim(from);
    this.#state.sandboxId = record.sandboxId;
    await this.#writer.record([], {
      sandboxId: record.sandboxId,
      root: record.root ?? this.#state.root ?? '',
    });
  }
}

/** What was ready is from the pool, also where a warm-up held it in between. */
const fromOf = ({ readyAtMs, imageId }: Ownership): From =>
  readyAtMs !== undefined ? 'pool' : imageId ? 'image' : 'base';

const engineDown = () =>
  failure(
    'engine_down',
    'Docker does not answer. Start it, e.g. with `systemctl start docker`, and send the prompt again.',
  );
