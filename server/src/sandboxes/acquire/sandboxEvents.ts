import type { EventDataOf } from '@deckhand/shared';
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

  async ready(baseSha: string, from: From): Promise<void> {
    await this.#say({ state: 'ready', from }, { baseSha, syncing: '' });
  }

  /** Tells what a gate waits for and how it opened, behind. Resolves once the first word is said. */
  async follow(gate: Gate, was: { from: From; baseSha: string }): Promise<void> {
    const atOnce = await gate.opensAtOnce();
    if (!atOnce) await this.#say({ state: 'syncing', from: was.from }, { syncing: '1' });
    const opened = this.#opened(gate, was);
    if (atOnce) await opened;
    void Promise.all([opened, this.#prepared(gate)]).catch(ignoreLostFence);
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

const short = (sha: string) => sha.slice(0, 12);

/** Another worker has the session: it tells. */
function ignoreLostFence(error: unknown): void {
  if (!(error instanceof FenceLost)) throw error;
}
