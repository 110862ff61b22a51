import { type ChangedFile, type DiffTotals, type EventDataOf, totalsOf } from '@deckhand/shared';
import { singleFlight } from '../platform/singleFlight.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { changedFiles } from '../sandboxes/worktree/workspace.ts';
import { systemActor, type TurnWriter } from '../sessions/run/turnWriter.ts';

/** An event is bounded; a change of more files than this is read on the diff page. */
const shownFiles = 300;
const shownBytes = 48 * 1024;

/** `total`: only where the list is cut short. */
function shown(files: readonly ChangedFile[], total: DiffTotals): EventDataOf<'files.changed'> {
  let bytes = 0;
  const first = files.slice(0, shownFiles).filter(file => {
    bytes += Buffer.byteLength(JSON.stringify(file)) + 1;
    return bytes <= shownBytes;
  });
  return { files: first, ...(first.length < files.length || total.files > files.length ? { total } : {}) };
}

/** Says which files differ from the base, as often as that changes. */
export class ChangedFiles {
  #writer: TurnWriter;
  #turnId: string;
  #told = '[]';
  #looks = singleFlight<'look', void>();

  constructor(writer: TurnWriter, turnId: string) {
    this.#writer = writer;
    this.#turnId = turnId;
  }

  /** Looks behind the turn's back: nobody waits for it, and the next look makes good what this one misses. */
  look(hands: Hands): void {
    const look = async () => {
      const found = await changedFiles(hands);
      if (found.ok) await this.tell(found.files);
    };
    this.#looks.run('look', look).catch(() => {});
  }

  async tell(changed: readonly ChangedFile[], total = totalsOf(changed)): Promise<void> {
    const files = changed.map(({ path, added, removed }) => ({ path, added, removed }));
    const now = JSON.stringify(files);
    if (now === this.#told) return;
    this.#told = now;
    await this.#writer.record([
      {
        type: 'files.changed',
        actor: systemActor,
        // Nobody's turn it is where a person changed something.
        ...(this.#turnId === '' ? {} : { turnId: this.#turnId }),
        data: shown(files, total),
      },
    ]);
  }

  /** Before the turn says what it did in the end. */
  async settled(): Promise<void> {
    await this.#looks.settled();
  }
}
