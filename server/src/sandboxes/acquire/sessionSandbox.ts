import type { Result } from '@deckhand/shared';
import type { TurnWriter } from '../../sessions/run/turnWriter.ts';
import type { Hands } from '../hands.ts';
import { Acquisition, type Sources } from './acquire.ts';
import { SandboxEvents } from './sandboxEvents.ts';
import { createMask, type Mask } from './secretMask.ts';
import type { Acquired, SandboxNeeds } from './settle.ts';
import type { Gate } from './syncGate.ts';

/** A tool that waits for longer says so. */
const patientMs = 200;

/** The sandbox of one session during one turn: got when first needed, and got again when lost. */
export class SessionSandbox {
  #from: Sources;
  #writer: TurnWriter;
  #needs: SandboxNeeds;
  #opening: Promise<Result<Acquired>> | null = null;
  #open: Acquired | null = null;
  #lost = false;
  #restoresTo: string | null = null;
  #mask: Promise<Mask> | null = null;
  #taken: Promise<void> | null = null;
  #news: string[] = [];

  constructor(from: Sources, writer: TurnWriter, needs: SandboxNeeds) {
    this.#from = from;
    this.#writer = writer;
    this.#needs = needs;
  }

  get sessionId(): string {
    return this.#writer.sessionId;
  }

  /** The runtime, once it can be read in. Callers share one attempt; a failed one may be repeated. */
  hands(): Promise<Result<{ hands: Hands }>> {
    if (this.#open) return Promise.resolve({ ok: true, hands: this.#open.hands });
    const acquire = () => this.#acquire();
    this.#opening ??= this.#from.sandboxes.oneAtATime(this.sessionId, acquire).finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** Does something with the runtime, where there is one by now. */
  async whenOpen(work: (hands: Hands) => Promise<void>): Promise<void> {
    if (this.#open) await work(this.#open.hands);
  }

  /** Resolves when this tool may run: reading may at once, writing on the newest commit, commands when all is up. */
  async ready(tool: string): Promise<void> {
    if (readers.has(tool)) return;
    await this.#opened(tool);
    const open = this.#open;
    if (open) this.#taken ??= this.#needs.beforeWriting?.(open.hands) ?? Promise.resolve();
    await this.#taken;
  }

  async #opened(tool: string): Promise<void> {
    const gate = this.#open?.gate;
    if (!gate || gate.isOpen) return;
    const waitsForAll = tool === 'bash' || gate.holdsWriting;
    const [door, what] = waitsForAll ? [gate.ready, forCommands] : [gate.synced, forWriting];
    const timer = setTimeout(() => void this.#tellWait(tool, what, gate), patientMs);
    await door;
    clearTimeout(timer);
  }

  /** Everything that commands need is there. */
  get isReady(): boolean {
    return this.#open !== null && this.#open.gate?.isOpen !== false;
  }

  /** True once after a sandbox was lost: the model must be told that its tree went back. */
  takeLoss(): boolean {
    const lost = this.#lost;
    this.#lost = false;
    return lost;
  }

  /** True while nothing but reading was let in: there is nothing of anybody's to bring out. */
  get isUnwritten(): boolean {
    const gate = this.#open?.gate;
    return gate?.holdsWriting === true && !gate.isOpen;
  }

  /** What the model must be told of how its sandbox was made ready; once. */
  takeNews(): string[] {
    return this.#news.splice(0);
  }

  /** After a call came back `lost`: the next `hands()` looks whether the sandbox still runs. */
  forget(): void {
    this.#open = null;
  }

  /** The commit that a sandbox made now would start from. */
  get restoresTo(): string | null {
    return this.#restoresTo;
  }

  /** Hides the values of the repository's secrets in what comes out of the sandbox. */
  mask(): Promise<Mask> {
    this.#mask ??= this.#readMask();
    return this.#mask;
  }

  async #readMask(): Promise<Mask> {
    const { orgId, repoId } = this.#needs;
    const secrets = await this.#from.sandboxes.secrets.values(orgId, repoId, 'run');
    // Values that cannot be read are in no sandbox either.
    return createMask(secrets.ok ? secrets.values : []);
  }

  async #acquire(): Promise<Result<Acquired>> {
    // The turn before may have gone on getting one after it ended.
    const state = await this.#writer.meta();
    this.#restoresTo = state.refSha ?? state.baseSha;
    const acquisition = new Acquisition(this.#from, this.#writer, { needs: this.#needs, state });
    const found = await acquisition.acquire();
    if (acquisition.lost) this.#lost = true;
    if (!found.ok) return found;
    // Another sandbox has not what was taken into the one before.
    this.#taken = null;
    found.hands.onLost(() => {
      if (this.#open?.hands === found.hands) this.#open = null;
    });
    void found.gate?.takeFailure().then(why => why && this.#news.push(why));
    this.#open = found;
    return found;
  }

  async #tellWait(tool: string, what: string, gate: Gate): Promise<void> {
    const events = new SandboxEvents(this.#writer);
    // Whoever follows the gate says when it is open to writing; what commands wait for ends here.
    await events.waits(tool, what).catch(() => {});
    await gate.ready;
    await events.waited().catch(() => {});
  }
}

const readers: ReadonlySet<string> = new Set([
  'read',
  'list',
  'search',
  'process_output',
  'process_stop',
  'fetch',
]);
const forWriting = 'the newest commits';
const forCommands = 'the newest commits, dependencies and services';
