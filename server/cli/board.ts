import { BoardKind, type BoardLine } from '@deckhand/shared';
import { readBoard } from '@deckhand/shared/view';
import type { Command } from 'commander';
import { must } from './must.ts';
import { plain } from './plain.ts';
import { type Options, print, run } from './run.ts';

type WriteOptions = Options & { kind: string };

/** `deckhand board`: what agents and people of a session wrote down for each other. */
export function addBoardCommand(program: Command): void {
  program
    .command('board <session> [line...]')
    .description('print the blackboard of a session; with two words, KEY and TEXT, write on it')
    .option('-k, --kind <kind>', 'fact, decision or artifact', 'fact')
    .action((sessionId: string, [key, value]: string[], _: object, command: Command) =>
      run(command.optsWithGlobals<WriteOptions>(), async (client, { json, kind }) => {
        if (key !== undefined && value !== undefined) {
          must(await client.http['board.write']({ sessionId, kind: BoardKind.parse(kind), key, value }));
          return 0;
        }
        const { head } = must(await client.http['session.view']({ sessionId }));
        if (json) for (const line of head.board) print(JSON.stringify(line));
        else print(describe(head.board));
        return 0;
      }),
    );
}

function describe(board: readonly BoardLine[]): string {
  const { entries, contradicted } = readBoard(board, Date.now());
  if (board.length === 0) return 'Nothing noted yet.';
  return [
    ...entries.map(lineOf),
    ...contradicted.flatMap(lines => ['Agents disagree:', ...lines.map(line => `  ${lineOf(line)}`)]),
  ].join('\n');
}

function lineOf({ kind, key, value, source }: BoardLine): string {
  const who = source.actor.kind === 'user' ? (source.actor.name ?? 'somebody') : 'agent';
  return `${kind}  ${plain(key)}: ${plain(value)}  (${plain(who)}${source.sessionId ? ` of ${source.sessionId}` : ''})`;
}
