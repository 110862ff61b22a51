import type { ListedSession, SearchHit } from '@deckhand/shared';
import { controlLine } from '@deckhand/shared/words';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';
import { inLine } from './shown.ts';

type ListOptions = Options & {
  search?: string;
  mine?: boolean;
  running?: boolean;
  waiting?: boolean;
  pinned?: boolean;
  archived?: boolean;
  repo?: string;
  limit: number;
};

const mostShown = 200;

/** `deckhand sessions | archive`: which there are, and away with those that are over. */
export function addListCommands(program: Command): void {
  program
    .command('sessions')
    .description('list sessions, newest activity first')
    .option('-s, --search <text>', 'only those in whose title, prompts or answers these words stand')
    .option('--mine', 'only those that you wrote in')
    .option('--running', 'only those in which a turn runs')
    .option('--waiting', 'only those that wait for somebody')
    .option('--pinned', 'only those that you pinned')
    .option('--archived', 'only those that are archived')
    .option('-r, --repo <repo>', 'only those on this repository')
    .addOption(
      new Option('-n, --limit <count>', `how many at most, up to ${mostShown}`)
        .default(50)
        .argParser(countOf),
    )
    .action((_: object, command: Command) =>
      run(command.optsWithGlobals<ListOptions>(), async (client, options) => {
        const { search, mine, running, waiting, pinned, archived, repo, limit, json } = options;
        const narrowed = Object.entries({ q: search, mine, waiting, pinned, archived, repo }).filter(
          ([, value]) => value !== undefined,
        );
        const page = must(
          await client.http['session.list']({
            limit,
            ...Object.fromEntries(narrowed),
            ...(running ? { state: 'running' } : {}),
          }),
        );
        for (const session of page.sessions) {
          print(json ? JSON.stringify(session) : describe(session));
          if (!json && session.hit) print(`    ${describeHit(session.hit)}`);
        }
        if (page.partial && !json)
          process.stderr.write('Not everything was searched: ask again in a moment, or for fewer words.\n');
        return 0;
      }),
    );

  program
    .command('archive <session...>')
    .description('archive sessions for good: they take no prompts any more')
    .action((sessionIds: string[], _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        for (const sessionId of sessionIds) must(await client.http['session.archive']({ sessionId }));
        return 0;
      }),
    );
}

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > mostShown)
    throw new InvalidArgumentError(`Give a number from 1 to ${mostShown}.`);
  return count;
}

const describe = ({ id, state, repo, title, activeAt, updatedAt, control }: ListedSession) =>
  `${id}  ${state.padEnd(8)}  ${(repo ?? '').padEnd(16)}  ${(activeAt ?? updatedAt).slice(0, 16).replace('T', ' ')}  ${inLine(title)}${control ? `  (${inLine(controlLine(control))})` : ''}`;

const describeHit = ({ kind, text }: SearchHit) => `${kind}: ${inLine(text)}`;
