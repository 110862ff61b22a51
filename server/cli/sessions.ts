import { AfterStop, type Need } from '@deckhand/shared';
import { type Command, Option } from 'commander';
import { type NamedRange, printDiff } from './diff.ts';
import { exportTo } from './export.ts';
import { follow } from './follow.ts';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';
import { inLine } from './shown.ts';
import { describeTurn, forkAt, nameSnapshot, rewindTo, turnsOf } from './turns.ts';

/** `deckhand needs | follow | log | stop | release | diff | export | turns | fork | rewind | keep`: what there is, and what becomes of it. */
export function addSessionCommands(program: Command): void {
  program
    .command('needs')
    .description('what waits for people, over all sessions: approvals, questions, plans, changes to review')
    .action((_: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json }) => {
        const { needs } = must(await client.http['need.list']({}));
        for (const need of needs) print(json ? JSON.stringify(need) : describeNeed(need));
        if (needs.length === 0 && !json) print('Nothing waits for anybody.');
        return 0;
      }),
    );

  program
    .command('follow <session>')
    .description('watch a session until you press Ctrl-C')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), (client, { json = false }) => {
        const controller = new AbortController();
        process.once('SIGINT', () => controller.abort());
        return follow(client, sessionId, { json, signal: controller.signal });
      }),
    );

  program
    .command('log <session>')
    .description('print what happened in a session so far')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json = false }) => {
        const { session } = must(await client.http['session.get']({ sessionId }));
        const { signal } = new AbortController();
        return follow(client, sessionId, { json, signal, until: session.last });
      }),
    );

  program
    .command('stop <session>')
    .description('stop the turn that runs')
    .addOption(
      new Option('--queue <what>', 'what becomes of the prompts behind it')
        .choices(AfterStop.options)
        .default('run'),
    )
    .action((sessionId: string, { queue }: { queue: AfterStop }, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        must(await client.http['turn.stop']({ sessionId, queue }));
        return 0;
      }),
    );

  program
    .command('release <session>')
    .description('let prompts run that a stop held')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        must(await client.http['queue.release']({ sessionId }));
        return 0;
      }),
    );

  program
    .command('rename <session> <title>')
    .description('give a session another title')
    .action((sessionId: string, title: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        must(await client.http['session.rename']({ sessionId, title }));
        return 0;
      }),
    );

  program
    .command('diff <session>')
    .description('print what the session changed, as `git apply` takes it')
    .option('--since <turn>', 'since the end of this turn: its number or id')
    .option('--turn <turn>', 'what this turn changed: its number or id')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options & NamedRange>(), async (client, options) => {
        await printDiff(client, sessionId, options);
        return 0;
      }),
    );

  program
    .command('export <session> [file]')
    .description('save a session as a SQLite file')
    .action((sessionId: string, file: string | undefined, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        print(await exportTo(client, sessionId, file));
        return 0;
      }),
    );

  program
    .command('turns <session>')
    .description('list the turns of a session that ended')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json }) => {
        for (const turn of await turnsOf(client, sessionId))
          print(json ? JSON.stringify(turn) : describeTurn(turn));
        return 0;
      }),
    );

  program
    .command('fork <session>')
    .description('start a new session from the end of a turn')
    .option('--turn <turn>', 'number or id of the turn (the last one where left out)')
    .option('-t, --title <title>', 'title of the new session')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options & { turn?: string; title?: string }>(), async (client, options) => {
        print((await forkAt(client, sessionId, options)).id);
        return 0;
      }),
    );

  program
    .command('rewind <session>')
    .description('take a session back to the end of a turn; nothing is erased')
    .requiredOption('--turn <turn>', 'number or id of the turn')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options & { turn: string }>(), async (client, { turn }) => {
        const { n, title } = await rewindTo(client, sessionId, turn);
        print(`The session stands at the end of turn ${n}: ${title}`);
        return 0;
      }),
    );

  program
    .command('keep <session> [name]')
    .description('name the snapshot of a turn, so that it stays; without a name it may go again')
    .requiredOption('--turn <turn>', 'number or id of the turn')
    .action((sessionId: string, name: string | undefined, _: object, command: Command) =>
      run(command.optsWithGlobals<Options & { turn: string }>(), async (client, { turn }) => {
        await nameSnapshot(client, sessionId, { turn, name });
        return 0;
      }),
    );
}

const describeNeed = ({ kind, sessionId, repo, title, text, url }: Need): string =>
  [kind.padEnd(8), sessionId, repo ?? '', inLine(title), text === title ? '' : inLine(text), url ?? '']
    .filter(Boolean)
    .join('  ');
