import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { DiffRange } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import { must } from './must.ts';
import { plain } from './plain.ts';
import { inLine } from './shown.ts';
import { findTurn } from './turns.ts';

/** Turns by number or id. */
export type NamedRange = { since?: string | undefined; turn?: string | undefined };

/** On a terminal as a person reads it; for a file or another program all of it, as it is. */
export async function printDiff(client: Client, sessionId: string, named: NamedRange): Promise<void> {
  const idOf = async (turn: string | undefined) =>
    turn === undefined ? undefined : (await findTurn(client, sessionId, turn)).turnId;
  const range: DiffRange = { since: await idOf(named.since), turn: await idOf(named.turn) };
  const shown = must(await client.http['session.diff']({ sessionId, ...range }));
  if (shown.undone) process.stderr.write('This turn was undone by a rewind.\n');
  if (process.stdout.isTTY) {
    process.stdout.write(plain(shown.diff));
    for (const { path, leftOutBytes } of shown.files)
      if (leftOutBytes !== undefined)
        process.stderr.write(`${inLine(path)} is too large to be shown here; write the diff to a file.\n`);
    return;
  }
  // Nothing changed: there is no patch.
  if (!shown.head || shown.total?.files === 0) return;
  const patch = must(await client.downloadPatch(sessionId, range));
  await pipeline(Readable.fromWeb(patch.content as ReadableStream), process.stdout, { end: false });
}
