import type { ModelMessage } from 'ai';
import { withAuthor } from '../sessions/authors.ts';
import { ToldOfControl } from '../sessions/control/controlRecord.ts';
import { readControl } from '../sessions/control/takeControl.ts';
import { yieldTurn } from '../sessions/run/parking.ts';
import { tellModel } from '../sessions/run/tellModel.ts';
import { FenceLost, type TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Op } from '../sessions/store/commit.ts';
import { part, sessionKey } from '../sessions/store/keys.ts';
import type { Meta, Run } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import { ParkedTurn } from './parkedTurn.ts';

/** Lets go of the turn until the person who has control hands back. */
export class ParkedForControl extends ParkedTurn {
  readonly #store: Store;
  /** Who has it, as it is stored. */
  readonly #control: string;
  constructor(store: Store, control: string) {
    super('a person has control');
    this.#store = store;
    this.#control = control;
  }

  async park({ sessionId, fence }: TurnWriter, run: Run): Promise<'parked' | 'changed' | 'stopped'> {
    const yielded = await yieldTurn({ store: this.#store, sessionId, fence }, run, this.#control);
    if (yielded === 'lost') throw new FenceLost(`fence ${fence} of ${sessionId} is over`);
    return yielded;
  }
}

/** Before a step: rejects where a person has control. */
export async function makeWay(store: Store, sessionId: string): Promise<void> {
  const { text } = await readControl(store, sessionId);
  if (text !== false) throw new ParkedForControl(store, text);
}

type HandedBack = Pick<ToldOfControl, 'changed' | 'note'> & { text: string; ops: Op[] };

async function handedBack(
  store: Store,
  sessionId: string,
  readMeta: () => Promise<Pick<Meta, 'unfinished'>>,
): Promise<HandedBack | null> {
  const texts = await store.lrange(sessionKey(sessionId, part.controlTold), 0, -1);
  if (texts.length === 0) return null;
  const { unfinished } = await readMeta();
  const told = texts.map(text => ToldOfControl.parse(JSON.parse(text)));
  const people = told.filter(({ changed }) => changed).flatMap(each => each.people);
  return {
    text: told.map(({ text }) => text).join('\n\n'),
    changed: people.length > 0,
    note: told.some(({ note }) => note),
    ops: [
      ['LTRIM', part.controlTold, texts.length, -1],
      // The commit that has their work in it names them.
      ...(people.length > 0
        ? [
            [
              'HSET',
              part.meta,
              'unfinished',
              JSON.stringify(people.reduce(withAuthor, unfinished)),
            ] satisfies Op,
          ]
        : []),
    ],
  };
}

/** What stands before the prompts of a turn that begins; null where there is nothing. */
export async function readHandedBack(
  store: Store,
  meta: Meta,
): Promise<{ messages: ModelMessage[]; changed: boolean; ops: Op[] } | null> {
  const handed = await handedBack(store, meta.id, async () => meta);
  return handed && { ...handed, messages: [{ role: 'user', content: `[Deckhand] ${handed.text}` }] };
}

/**
 * Tells the agent of a turn under way what people did while they had control. True where it had said its last word, and
 * now has something to go on with.
 */
export async function tellOfControl(store: Store, writer: TurnWriter, run: Run): Promise<boolean> {
  const handed = await handedBack(store, writer.sessionId, () => writer.meta());
  if (!handed) return false;
  if (handed.changed) run.touched = true;
  const goesOn = run.ending?.outcome === 'done' && (handed.changed || handed.note);
  if (goesOn) delete run.ending;
  await tellModel(writer, run, handed.text, { ops: handed.ops });
  return goesOn;
}
