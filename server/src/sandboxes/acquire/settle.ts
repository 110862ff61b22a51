import type { EventDataOf, Result } from '@deckhand/shared';
import { isTurnDisk } from '../../sessions/run/turnRecords.ts';
import type { TurnWriter } from '../../sessions/run/turnWriter.ts';
import type { Meta, Signature } from '../../sessions/store/meta.ts';
import { environmentPath } from '../environments/environmentFile.ts';
import { environmentAt } from '../environments/readEnvironment.ts';
import { giveVariables, setUpBare, setUpEnvironment } from '../environments/setUp.ts';
import type { Hands } from '../hands.ts';
import type { Image } from '../images/imageRecords.ts';
import type { Ownership } from '../lifecycle/ownership.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { catchUp } from '../worktree/catchUp.ts';
import {
  checkedOutBase,
  checkOut,
  repairSync,
  takeBranch,
  wantAll,
  wantsInstall,
} from '../worktree/checkout.ts';
import { installIfWanted } from '../worktree/installWanted.ts';
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
type Opening = {
  from: From;
  /** All that makes the repository ready is still to be run in there. */
  holdsWriting: boolean;
  sync: GateWork['sync'];
  enter: () => Promise<Result>;
};
type Session = { needs: SandboxNeeds; state: SessionState; events: SandboxEvents };

/** Makes a sandbox that runs the session's own: its branch, its work, its author, its environment. */
export class Settling {
  #sandboxes: Sandboxes;
  #writer: TurnWriter;
  #needs: SandboxNeeds;
  #state: SessionState;
  #events: SandboxEvents;

  constructor(sandboxes: Sandboxes, writer: TurnWriter, { needs, state, events }: Session) {
    this.#sandboxes = sandboxes;
    this.#writer = writer;
    this.#needs = needs;
    this.#state = state;
    this.#events = events;
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
    if (leftRunning.length > 0) await this.#events.notRunning(leftRunning);
    const { good } = await this.#sandboxes.images.get(record.repoId);
    return this.open(record, hands, {
      from: 'snapshot',
      holdsWriting: (await wantsInstall(hands)) === 'all',
      sync: async () => ({ ok: true, baseSha }),
      enter: entered ? this.refreshing(record, hands, good) : this.entering(record, hands, good),
    });
  }

  /** Gives the sandbox its variables and starts what its image's environment starts. */
  entering(place: Ownership, hands: Hands, image: Image | null): () => Promise<Result> {
    if (image)
      return () => setUpEnvironment(this.#sandboxes, hands, { place, environment: image.environment });
    return () => this.#setUpBare(place, hands, { entered: false });
  }

  #setUpBare(place: Ownership, hands: Hands, { entered }: { entered: boolean }): Promise<Result> {
    const commit = this.#state.baseSha ?? 'HEAD';
    return setUpBare(this.#sandboxes, hands, { place, commit, entered });
  }

  /** Somebody may have changed a secret since it was made. */
  refreshing(place: Ownership, hands: Hands, image: Image | null): () => Promise<Result> {
    if (!image) return () => this.#setUpBare(place, hands, { entered: true });
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
    const wanted: Result = image ? { ok: true } : await wantAll(hands);
    if (!wanted.ok) return wanted;
    const done = await checkOut(hands, mirror, { branch, author, refSha, baseSha, has: image?.commit });
    if (!done.ok) return done;
    if (!image) await this.#sayWhyBare(repoId);
    else if (image.lacks.length > 0) await this.#events.imageLacks(image.lacks);
    await this.#writer.record([], { baseSha });
    return this.open(record, hands, {
      from: image ? 'image' : 'base',
      holdsWriting: !image,
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
      await this.#events.oldImage(last.message ?? '', taken.baseSha);
    if (from === 'base') await this.#sayWhyBare(repoId);
    else if (good && good.lacks.length > 0) await this.#events.imageLacks(good.lacks);
    return this.open(record, hands, {
      from,
      holdsWriting: from === 'base',
      sync: this.catchingUp(hands, taken.baseSha, good, taken.holds),
      enter: entered ? this.refreshing(record, hands, good) : this.entering(record, hands, good),
    });
  }

  /** A session that could have begun ready, and does not, says why. */
  async #sayWhyBare(repoId: string): Promise<void> {
    const { last } = await this.#sandboxes.images.get(repoId);
    if (last?.state === 'failed') await this.#events.noImage(last.message ?? '');
  }

  /** A word to people: what fails here is found out when it is needed. */
  async #missing(repoId: string, commit: string): Promise<readonly string[]> {
    try {
      const { good } = await this.#sandboxes.images.get(repoId);
      if (good) return good.environment.missing;
      const read = await environmentAt(this.#sandboxes.repos.mirror(repoId), commit);
      return read.ok ? read.environment.missing : [];
    } catch (error) {
      this.#sandboxes.log.warn({ err: error, repoId }, 'what the base image lacks could not be told');
      return [];
    }
  }

  /** What was to be made ready when its server ended is made ready now; null where nothing was. */
  async finish(record: Ownership, hands: Hands, from: From): Promise<Result<Acquired> | null> {
    const wants = await wantsInstall(hands);
    if (!wants) return null;
    const { good } = await this.#sandboxes.images.get(record.repoId);
    const baseSha = this.#state.baseSha ?? '';
    return this.open(record, hands, {
      from,
      holdsWriting: wants === 'all',
      sync: async () => ({ ok: true, baseSha }),
      enter: this.refreshing(record, hands, good),
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
    return this.open(record, hands, {
      from,
      holdsWriting: (await wantsInstall(hands)) === 'all',
      sync,
      enter: this.refreshing(record, hands, good),
    });
  }

  catchingUp(hands: Hands, from: string, image: Image | null, holds?: string): GateWork['sync'] {
    const { branch, repoId } = this.#needs;
    const mirror = this.#sandboxes.repos.mirror(repoId);
    // A change of what is installed, or of how, wants another install.
    const lockFiles = image ? [...image.environment.lockFiles, environmentPath] : [];
    return () => catchUp(hands, mirror, { branch, from, lockFiles, holds, log: this.#sandboxes.log });
  }

  async open(
    record: Ownership,
    hands: Hands,
    { from, holdsWriting, sync, enter }: Opening,
  ): Promise<Result<Acquired>> {
    const sandboxes = this.#sandboxes;
    const prepare: GateWork['prepare'] = async tell => {
      // Read meanwhile: commands wait for what stands here.
      const missing = from === 'snapshot' ? [] : this.#missing(record.repoId, this.#state.baseSha ?? 'HEAD');
      const entered = await enter();
      if (!entered.ok) return entered;
      const synced = await gate.synced;
      const commit = synced.ok ? synced.baseSha : (this.#state.baseSha ?? 'HEAD');
      // One that woke up was told when it was filled.
      const { lfs, lacks } = sandboxes.repos.mirror(this.#needs.repoId);
      if (from !== 'snapshot') {
        await this.#events.lacks(lfs.lacks.at(this.#state.refSha || commit), lacks.at(commit));
        await this.#events.missing(await missing);
      }
      return installIfWanted(sandboxes, hands, { record, commit, alone: holdsWriting, tell });
    };
    const gate: Gate = new Gate({ sync, prepare, holdsWriting, log: sandboxes.log });
    sandboxes.gates.set(record.sandboxId, gate);
    return this.watch(hands, gate, from);
  }

  async watch(hands: Hands, gate: Gate, from: From): Promise<Result<Acquired>> {
    await this.#events.follow(gate, { from, baseSha: this.#state.baseSha ?? '' });
    return { ok: true, hands, gate };
  }
}
