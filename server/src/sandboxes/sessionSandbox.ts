import { type Author, type EventDataOf, failure, newId, type Result } from '@deckhand/shared';
import type { Meta } from '../sessions/meta.ts';
import type { TurnWriter } from '../sessions/turnWriter.ts';
import { systemActor } from '../sessions/turnWriter.ts';
import type { Hands } from './hands.ts';
import type { Ownership } from './ownership.ts';
import { checkedOutBase, type Sandboxes, sleepDiskOf } from './sandboxes.ts';
import { checkOut, setAuthor, takeBranch, toFailure } from './workspace.ts';

/** What the session's state says; read when a sandbox is got. */
type State = Pick<Meta, 'sandboxId' | 'disk' | 'baseSha' | 'refSha' | 'warmupId'>;

export type SandboxNeeds = {
  repoId: string;
  orgId: string;
  branch: string;
  author: Author;
  /** Brings saved work back into the mirror where it is not there any more. */
  restore: (sha: string) => Promise<Result>;
};

/** The sandbox of one session during one turn: found, claimed or made when first needed, and made again when lost. */
export class SessionSandbox {
  #sandboxes: Sandboxes;
  #writer: TurnWriter;
  #needs: SandboxNeeds & State;
  #opening: Promise<Result<{ hands: Hands }>> | null = null;
  #open: Hands | null = null;
  #lost = false;

  constructor(sandboxes: Sandboxes, writer: TurnWriter, needs: SandboxNeeds) {
    this.#sandboxes = sandboxes;
    this.#writer = writer;
    this.#needs = { ...needs, sandboxId: null, disk: null, baseSha: null, refSha: null, warmupId: null };
  }

  get sessionId(): string {
    return this.#writer.sessionId;
  }

  /** The runtime, once the repository is in place. Callers share one attempt; a failed one may be repeated. */
  hands(): Promise<Result<{ hands: Hands }>> {
    if (this.#open) return Promise.resolve({ ok: true, hands: this.#open });
    const acquire = () => this.#acquire();
    this.#opening ??= this.#sandboxes.oneAtATime(this.sessionId, acquire).finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** True once after a sandbox was lost: the model must be told that its tree went back. */
  takeLoss(): boolean {
    const lost = this.#lost;
    this.#lost = false;
    return lost;
  }

  /** After a call came back `lost`: the next `hands()` looks whether the sandbox still runs. */
  forget(): void {
    this.#open = null;
  }

  /** The commit that a sandbox made now would start from. */
  get restoresTo(): string | null {
    return this.#needs.refSha ?? this.#needs.baseSha;
  }

  async #acquire(): Promise<Result<{ hands: Hands }>> {
    // The turn before may have gone on getting one after it ended.
    const { sandboxId, disk, baseSha, refSha, warmupId } = await this.#writer.meta();
    Object.assign(this.#needs, { sandboxId, disk, baseSha, refSha, warmupId });
    const found = (await this.#reuse()) ?? (await this.#claimWarm()) ?? (await this.#make());
    if (!found.ok) return found;
    const { hands } = found;
    hands.onLost(() => {
      if (this.#open === hands) this.#open = null;
    });
    this.#open = hands;
    return { ok: true, hands };
  }

  /** The sandbox that the session already has, or null where it needs another. */
  async #reuse(): Promise<Result<{ hands: Hands }> | null> {
    const { sandboxId } = this.#needs;
    if (!sandboxId) return null;
    const record = await this.#sandboxes.deps.records.get(sandboxId);
    if (record?.claimId !== this.sessionId) return null;
    const engine = await this.#sandboxes.deps.engine();
    if (!engine.ok) return engine;
    const state = await engine.driver.inspect(sandboxId);
    if (state === 'engine_down') return engineDown();
    if (state === 'running') {
      const bridge = await this.#sandboxes.bridge(record, this.#writer.fence);
      if (!bridge.ok) return bridge;
      const base = await checkedOutBase(bridge.hands);
      if (!base) return this.#fillIn(bridge.hands);
      // Without a known base, whoever made it lost the session before saying so.
      const { author, branch, baseSha } = this.#needs;
      const set = baseSha
        ? await setAuthor(bridge.hands, author)
        : await takeBranch(bridge.hands, { author, branch });
      if (set.ok && !baseSha) await this.#ready(base);
      return set.ok ? bridge : set;
    }
    this.#lost = true;
    await this.#say({
      state: 'lost',
      detail: 'The sandbox is gone; a new one gets the work of the last turn.',
    });
    await this.#sandboxes.discard(record);
    this.#needs.sandboxId = null;
    return null;
  }

  async #claimWarm(): Promise<Result<{ hands: Hands }> | null> {
    const { warmupId, repoId, refSha, branch, author } = this.#needs;
    if (!warmupId || refSha) return null;
    const record = await this.#sandboxes.claimWarmup(warmupId, this.sessionId, repoId);
    this.#needs.warmupId = null;
    if (!record) return null;
    await this.#own(record);
    if (this.#sandboxes.isMaking(record.sandboxId)) await this.#say({ state: 'warming', from: 'base' });
    await this.#sandboxes.made(record.sandboxId);
    const bridge = await this.#sandboxes.bridge(record, this.#writer.fence);
    if (!bridge.ok || !(await checkedOutBase(bridge.hands))) {
      await this.#sandboxes.discard(record);
      return null;
    }
    const set = await takeBranch(bridge.hands, { branch, author });
    if (!set.ok) return set;
    await this.#ready(set.baseSha);
    return bridge;
  }

  async #make(): Promise<Result<{ hands: Hands }>> {
    const { disk, repoId, orgId, refSha } = this.#needs;
    const record: Ownership = {
      sandboxId: newId('sandbox'),
      owner: 'session',
      claimId: this.sessionId,
      repoId,
      orgId,
      createdAtMs: Date.now(),
    };
    await this.#sandboxes.deps.records.add(record);
    await this.#own(record);
    const from = disk ? 'snapshot' : 'base';
    await this.#say({ state: disk || refSha ? 'restoring' : 'warming', from });
    const woken = disk ? await this.#wake(record, disk) : null;
    if (woken) return woken;
    const made = await this.#sandboxes.make(record, this.#writer.fence);
    const filled = made.ok ? await this.#fillIn(made.hands) : made;
    // What could not be made is no sandbox that was lost: the next turn begins anew.
    if (!filled.ok) await this.#disown(record);
    return filled;
  }

  /** A sandbox on the disk that the session slept on; null where that disk is no good (the saved work is used then). */
  async #wake(record: Ownership, disk: string): Promise<Result<{ hands: Hands }> | null> {
    await this.#finishSleep(disk);
    const made = await this.#sandboxes.make(record, this.#writer.fence, disk);
    const base = made.ok ? await checkedOutBase(made.hands) : null;
    this.#needs.disk = null;
    await this.#writer.record([], { disk: '' });
    if (!made.ok || !base) {
      if (made.ok) await this.#sandboxes.remove(record);
      return null;
    }
    const set = await setAuthor(made.hands, this.#needs.author);
    if (!set.ok) return set;
    await this.#ready(base, 'snapshot');
    return made;
  }

  /** A server that died while it put the session to sleep may have left the disk without its name. */
  async #finishSleep(disk: string): Promise<void> {
    const records = await this.#sandboxes.deps.records.list();
    const asleep = records.find(record => sleepDiskOf(record.sandboxId) === disk);
    // Without its disk the session still has its saved work.
    if (asleep) await this.#sandboxes.sleep(asleep).catch(() => {});
  }

  async #disown(record: Ownership): Promise<void> {
    await this.#writer.record([], { sandboxId: '' });
    await this.#sandboxes.discard(record).catch(() => {});
  }

  async #fillIn(hands: Hands): Promise<Result<{ hands: Hands }>> {
    const mirror = this.#sandboxes.deps.repos.mirror(this.#needs.repoId);
    let { baseSha } = this.#needs;
    if (!baseSha) {
      const base = await mirror.base();
      if (!base.ok) return base;
      baseSha = base.sha;
    }
    const { branch, author, refSha } = this.#needs;
    if (refSha && refSha !== baseSha) {
      const there = await this.#needs.restore(refSha);
      if (!there.ok) return there;
    }
    const done = await checkOut(hands, mirror, { branch, author, refSha, baseSha });
    if (!done.ok) return toFailure(done);
    await this.#ready(baseSha);
    return { ok: true, hands };
  }

  async #own(record: Ownership): Promise<void> {
    this.#needs.sandboxId = record.sandboxId;
    await this.#writer.record([], { sandboxId: record.sandboxId });
  }

  async #ready(baseSha: string, from: 'base' | 'snapshot' = 'base'): Promise<void> {
    this.#needs.baseSha = baseSha;
    const data = { state: 'ready', from } as const;
    await this.#writer.record([{ type: 'sandbox.state', actor: systemActor, data }], { baseSha });
  }

  async #say(data: EventDataOf<'sandbox.state'>): Promise<void> {
    await this.#writer.record([{ type: 'sandbox.state', actor: systemActor, data }]);
  }
}

const engineDown = () =>
  failure(
    'engine_down',
    'Docker does not answer. Start it, e.g. with `systemctl start docker`, and send the prompt again.',
  );
