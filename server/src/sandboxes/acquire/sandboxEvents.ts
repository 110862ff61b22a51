import type { EventDataOf } from '@deckhand/shared';
import type { Lack } from '../../repos/lacks.ts';
import { FenceLost, systemActor, type TurnWriter } from '../../sessions/run/turnWriter.ts';
import type { Gate } from './syncGate.ts';

type State = EventDataOf<'sandbox.state'>;
type From = NonNullable<State['from']>;

/** What a session's log says of its sandbox. */
export class SandboxEvents {
  #writer: TurnWriter;
  constructor(writer: TurnWriter) {
    this.#writer = writer;
  }

  tell(state: 'warming' | 'restoring', from: From): Promise<void> {
    return this.#say({ state, from });
  }

  waiting(place: number): Promise<void> {
    return this.#say({
      state: 'warming',
      detail: `No room for another sandbox yet: place ${place} in line.`,
    });
  }

  lost(): Promise<void> {
    const detail = 'The sandbox is gone; a new one gets the work of the last turn.';
    return this.#say({ state: 'lost', detail });
  }

  withoutDisk(): Promise<void> {
    return this.#notice(
      'The disk of this session is gone. Its work is kept; what git ignores is not there any more.',
    );
  }

  notRunning(commands: string[]): Promise<void> {
    return this.#notice(`Not running any more since the session slept: ${commands.join(', ')}`, 'info');
  }

  oldImage(why: string, commit: string): Promise<void> {
    return this.#notice(
      `The newest image could not be built: ${why.replace(/\.?$/, '.')} This session starts from the one of ${short(commit)}.`,
    );
  }

  noImage(why: string): Promise<void> {
    return this.#notice(
      `This repository has no image: ${why.replace(/\.?$/, '.')} The session installs in its own sandbox what it needs; commands and changes wait for that.`,
    );
  }

  /** Files of Git LFS that stayed pointers, and submodules of which the folder is empty. */
  async lacks(pointers: readonly Lack[], submodules: readonly Lack[]): Promise<void> {
    if (pointers.length > 0)
      await this.#notice(`Files that Git LFS keeps are only pointers here: ${withReasons(pointers)}.`);
    if (submodules.length > 0)
      await this.#notice(`Submodules that are not here: ${withReasons(submodules)}.`, 'info');
  }

  /** Of the image that it began from. */
  imageLacks(what: readonly string[]): Promise<void> {
    return this.#notice(
      `When this repository's image was made, something went wrong: ${what.join(' ').slice(0, lacksChars)}`,
    );
  }

  /** Tools that the repository needs. */
  async missing(what: readonly string[]): Promise<void> {
    if (what.length > 0) await this.#notice(what.join(' ').slice(0, lacksChars));
  }

  /** What is done before there is a sandbox to work in. */
  makes(detail: string): Promise<void> {
    return this.#say({ state: 'warming', detail });
  }

  ofBaseImage(why: string): Promise<void> {
    return this.#notice(
      `The root file system that this repository asks for could not be made: ${why.replace(/\.?$/, '.')} This session runs on Deckhand's own, where tools may be missing.`,
    );
  }

  async ready(baseSha: string, from: From): Promise<void> {
    await this.#say({ state: 'ready', from }, { baseSha, syncing: '' });
  }

  /** Tells what a gate waits for and how it opened, behind. Resolves once the first word is said. */
  async follow(gate: Gate, was: { from: From; baseSha: string }): Promise<void> {
    const atOnce = await gate.opensAtOnce();
    if (!atOnce) await this.#say({ state: 'syncing', from: was.from }, { syncing: '1' });
    const opened = this.#opened(gate, was);
    if (atOnce) await opened;
    let told: Promise<unknown> = opened;
    let busy = false;
    gate.hear(detail => {
      busy = true;
      told = told.then(() => this.#say({ state: 'syncing', detail })).catch(ignoreLostFence);
    });
    const prepared = async () => {
      await this.#prepared(gate);
      await told;
      if (busy) await this.waited();
    };
    void Promise.all([opened, prepared()]).catch(ignoreLostFence);
  }

  async #opened(gate: Gate, { from, baseSha }: { from: From; baseSha: string }): Promise<void> {
    const synced = await gate.synced;
    if (!synced.ok)
      await this.#notice(
        `The sandbox could not be brought up to date: ${synced.message} It goes on at ${short(baseSha)}.`,
      );
    await this.ready(synced.ok ? synced.baseSha : baseSha, from);
  }

  async #prepared(gate: Gate): Promise<void> {
    const prepared = await gate.ready;
    if (!prepared.ok) await this.#notice(prepared.message);
  }

  /** A tool waits for the sandbox; said once that took a while. */
  waits(tool: string, what: string): Promise<void> {
    return this.#say({ state: 'syncing', detail: `${tool} waits for ${what}` });
  }

  waited(): Promise<void> {
    return this.#say({ state: 'ready' });
  }

  async #say(data: State, fields: Record<string, string> = {}): Promise<void> {
    await this.#writer.record([{ type: 'sandbox.state', actor: systemActor, data }], fields);
  }

  #notice(text: string, level: 'info' | 'warning' = 'warning'): Promise<void> {
    return this.#writer.record([{ type: 'notice', actor: systemActor, data: { level, text } }]);
  }
}

const mostNamed = 5;
const withReasons = (lacks: readonly Lack[]) =>
  lacks
    .slice(0, mostNamed)
    .map(({ path, why }) => `${path} (${why.replace(/\.$/, '')})`)
    .join(', ') + (lacks.length > mostNamed ? ` and ${lacks.length - mostNamed} more` : '');

const lacksChars = 2_000;

const short = (sha: string) => sha.slice(0, 12);

/** Another worker has the session: it tells. */
function ignoreLostFence(error: unknown): void {
  if (!(error instanceof FenceLost)) throw error;
}
