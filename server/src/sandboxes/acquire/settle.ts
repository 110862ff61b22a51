import type { EventDataOf, Result } from '@deckhand/shared';
import { isTurnDisk } from '../../sessions/run/turnRecords.ts';
import type { TurnWriter } from '../../sessions/run/turnWriter.ts';
import type { Meta, Signature } from '../../sessions/store/meta.ts';
import { environmentPath } from '../environments/environmentFile.ts';
import { giveVariables, setUpBare, setUpEnvironment } from '../environments/setUp.ts';
import type { Hands } from '../hands.ts';
import type { Image } from '../images/imageRecords.ts';
import type { Ownership } from '../lifecycle/ownership.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { catchUp, installIfWanted } from '../worktree/catchUp.ts';
import { checkedOutBase, checkOut, repairSync, takeBranch } from '../worktree/checkout.ts';
import { setAuthor } from '../worktree/workspace.ts';
import type { SandboxEvents } from './sandboxEvents.ts';
import { freshMs } from './startSandbox.ts';
import { Gate, type GateWork } from './syncGate.ts';

export type SandboxNeeds = {
  repoId: string;
  orgId: string;
  branch: string;
  author: Signature;
  /** Once in a turn, before its first tool that writes. */
  beforeWriting?: (hands: Hands) => Promise<void>;
  /** Brings saved work back into the mirror where it is not there any more. */
  restore: (sha: string) => Promise<Result>;
  /** Ends the waiting for room: a stop, or a worker that lets go. */
  signal: AbortSignal;
};

/** What the session's state says; read when a sandbox is got. */
export type SessionState = Pick<
  Meta,
  'sandboxId' | 'disk' | 'root' | 'baseSha' | 'refSha' | 'warmupId' | 'syncing' | 'leftRunning'
>;

export type Acquired = { hands: Hands; gate: Gate | null };

export type From = NonNullable<EventDataOf<'sandbox.state'>['from']>;
type Session = { needs: SandboxNeeds; state: SessionState; story: SandboxEvents };

/** Makes a sandbox that runs the session's own: its branch, its work, its author, its environment. */
export class Settling {
  #sandboxes: Sandboxes;
  #writer: TurnWriter;
  #needs: SandboxNeeds;
  #state: SessionState;
  #story: SandboxEvents;

  constructor(sandboxes: Sandboxes, writer: TurnWriter, { needs, state, story }: Session) {
    this.#sandboxes = sandboxes;
    this.#writer = writer;
    this.#needs = needs;
    this.#state = state;
    this.#story = story;
  }

  /** On the disk of the session itself: its work is there, with what git ignores. */
  async wokenUp(
    record: Ownership,
    hands: Hands,
    { entered }: { entered: boolean },
  ): Promise<Result<Acquired>> {
    const { leftRunning, disk } = this.#state;
    const { author, branch } = this.#needs;
    // After a fork or a rewind the work goes on under another branch.
    const set = isTurnDisk(disk ?? '')
      ? await takeBranch(hands, { author, branch })
      : await setAuthor(hands, author);
    if (!set.ok) return set;
    const baseSha = (await checkedOutBase(hands)) ?? '';
    await this.#writer.record([], { disk: '', leftRunning: '', baseSha });
    if (leftRunning.length > 0) await this.#story.notRunning(leftRunning);
    const { good } = await this.#sandboxes.images.get(record.repoId);
    return this.open(record, hands, {
      from: 'snapshot',
      sync: async () => ({ ok: true, baseSha }),
      enter: entered ? this.refreshing(record, hands, good) : this.entering(record, hands, good),
    });
  }

  /** Gives the sandbox its variables and starts what its image's environment starts. */
  entering(place: Ownership, hands: Hands, image: Image | null): () => Promise<Result> {
    if (image)
      return () => setUpEnvironment(this.#sandboxes, hands, { place, environment: image.environment });
    const mirror = this.#sandboxes.repos.mirror(place.repoId);
    return () => setUpBare(this.#sandboxes, hands, { place, mirror, commit: this.#state.baseSha ?? 'HEAD' });
  }

  /** Somebody may have changed a secret since it was made. */
  refreshing(place: Ownership, hands: Hands, image: Image | null): () => Promise<Result> {
    if (!image) return this.entering(place, hands, null);
    return () => giveVariables(this.#sandboxes, hands, { place, env: image.environment.env });
  }

  /** The repository into an empty disk, or the session's saved work over its image. */
  async fillIn(record: Ownership, hands: Hands, image: Image | null): Promise<Result<Acquired>> {
    const { branch, author, repoId } = this.#needs;
    const mirror = this.#sandboxes.repos.mirror(repoId);
    let { baseSha } = this.#state;
    const { refSha } = this.#state;
    if (!baseSha) {
      const fetched = await mirror.fetch(freshMs);
      const base = await mirror.base();
      if (!base.ok) return fetched.ok ? base : fetched;
      baseSha = base.sha;
      this.#state.baseSha = baseSha;
    }
    if (refSha && refSha !== baseSha) {
      const there = await this.#needs.restore(refSha);
      if (!there.ok) return there;
    }
    const done = await checkOut(hands, mirror, { branch, author, refSha, baseSha, has: image?.commit });
    if (!done.ok) return done;
    await this.#writer.record([], { baseSha });
    return this.open(record, hands, {
      from: image ? 'image' : 'base',
      sync: async () => ({ ok: true, baseSha }),
      enter: this.entering(record, hands, image),
    });
  }

  /** Makes a sandbox that began at the base branch's image, or at the branch itself, this session's. */
  async settleIn(
    record: Ownership,
    hands: Hands,
    { from, entered }: { from: From; entered: boolean },
  ): Promise<Result<Acquired>> {
    const { branch, author, repoId } = this.#needs;
    const taken = await takeBranch(hands, { branch, author });
    if (!taken.ok) return taken;
    await this.#writer.record([], { baseSha: taken.baseSha });
    this.#state.baseSha = taken.baseSha;
    const { good, last } = await this.#sandboxes.images.get(repoId);
    if (last?.state === 'failed' && from !== 'base')
      await this.#story.oldImage(last.message ?? '', taken.baseSha);
    return this.open(record, hands, {
      from,
      sync: this.catchingUp(hands, taken.baseSha, good),
      enter: entered ? this.refreshing(record, hands, good) : this.entering(record, hands, good),
    });
  }

  /** A worker before us was about to bring it up to date: nobody has written there yet. */
  async resume(
    record: Ownership,
    hands: Hands,
    { from, base }: { from: From; base: string },
  ): Promise<Result<Acquired>> {
    const repaired = await repairSync(hands);
    if (!repaired.ok) return repaired;
    const { good } = await this.#sandboxes.images.get(record.repoId);
    const sync = this.catchingUp(hands, base, good);
    return this.open(record, hands, { from, sync, enter: this.refreshing(record, hands, good) });
  }

  catchingUp(hands: Hands, from: string, image: Image | null): GateWork['sync'] {
    const { branch, repoId } = this.#needs;
    const mirror = this.#sandboxes.repos.mirror(repoId);
    // A change of what is installed, or of how, wants another install.
    const lockFiles = image ? [...image.environment.lockFiles, environmentPath] : [];
    return () => catchUp(hands, mirror, { branch, from, lockFiles });
  }

  async open(
    record: Ownership,
    hands: Hands,
    { from, sync, enter = nothing }: { from: From; sync: GateWork['sync']; enter?: () => Promise<Result> },
  ): Promise<Result<Acquired>> {
    const sandboxes = this.#sandboxes;
    const prepare = async (): Promise<Result> => {
      const entered = await enter();
      if (!entered.ok) return entered;
      const synced = await gate.synced;
      const commit = synced.ok ? synced.baseSha : (this.#state.baseSha ?? 'HEAD');
      return installIfWanted(sandboxes, hands, { record, commit });
    };
    const gate: Gate = new Gate({ sync, prepare, log: sandboxes.log });
    sandboxes.gates.set(record.sandboxId, gate);
    return this.watch(hands, gate, from);
  }

  async watch(hands: Hands, gate: Gate, from: From): Promise<Result<Acquired>> {
    await this.#story.follow(gate, { from, baseSha: this.#state.baseSha ?? '' });
    return { ok: true, hands, gate };
  }
}

const nothing = async (): Promise<Result> => ({ ok: true });
