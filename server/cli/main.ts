import type { Session } from '@deckhand/shared';
import { type Client, newRequestId } from '@deckhand/shared/client';
import { Command } from 'commander';
import pc from 'picocolors';
import { exportTo } from './export.ts';
import { follow } from './follow.ts';
import { addGithubCommands } from './github.ts';
import { addEstateCommands } from './machine.ts';
import { must } from './must.ts';
import { addPeopleCommands } from './people.ts';
import { type Options, print, run } from './run.ts';
import { addSecretCommands } from './secrets.ts';
import { addSlackCommands } from './slack.ts';
import { addStatsCommand } from './stats.ts';
import { describeTurn, forkAt, nameSnapshot, rewindTo, turnsOf } from './turns.ts';

type PromptOptions = Options & { repo?: string; session?: string; title?: string; detach?: boolean };

const program = new Command('deckhand')
  .description('Ask for a change, watch it happen, get the branch.')
  .option('--server <url>', 'server to talk to (DECKHAND_URL; else the one of this checkout)')
  .option('--token <token>', 'token to use (DECKHAND_TOKEN; else the one of this checkout)')
  .option('--json', 'print events, one JSON object a line', false)
  .showHelpAfterError('Run `npx deckhand --help` for how to use it.');

program
  .argument('[prompt]', 'what should change')
  .option('-r, --repo <id>', 'repository (may be left out where there is only one)')
  .option('-s, --session <id>', 'prompt an existing session')
  .option('-t, --title <title>', 'title of the new session')
  .option('-d, --detach', 'send the prompt and leave')
  .addHelpText(
    'after',
    '\nThe exit code is 0 when done, 1 failed, 3 asked something, 4 stopped, 5 over budget.',
  )
  .action(async (prompt: string | undefined, options: PromptOptions) => {
    if (prompt === undefined) return program.help();
    await run(options, client => ask(client, prompt, options));
  });

program
  .command('sessions')
  .description('list sessions, newest activity first')
  .action((_: object, command: Command) =>
    run(command.optsWithGlobals<Options>(), async (client, options) => {
      const { sessions } = must(await client.http['session.list']({}));
      if (options.json) for (const session of sessions) print(JSON.stringify(session));
      else for (const session of sessions) print(describe(session));
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
  .command('stop <session>')
  .description('stop the turn that runs')
  .action((sessionId: string, _: object, command: Command) =>
    run(command.optsWithGlobals<Options>(), async client => {
      must(await client.http['turn.stop']({ sessionId }));
      return 0;
    }),
  );

program
  .command('diff <session>')
  .description('print what the session changed')
  .action((sessionId: string, _: object, command: Command) =>
    run(command.optsWithGlobals<Options>(), async client => {
      const { diff } = must(await client.http['session.diff']({ sessionId }));
      process.stdout.write(diff);
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

program
  .command('link')
  .description('print a one-time link that signs a browser in')
  .action((_: object, command: Command) =>
    run(command.optsWithGlobals<Options>(), async client => {
      print(must(await client.http['link.create']({})).url);
      return 0;
    }),
  );

addEstateCommands(program);
addSecretCommands(program);
addPeopleCommands(program);
addSlackCommands(program);
addStatsCommand(program);
addGithubCommands(program);

async function ask(client: Client, prompt: string, options: PromptOptions): Promise<number> {
  const requestId = newRequestId();
  const { repo, title, session, json = false } = options;
  const sent = session
    ? {
        ...must(await client.http['prompt.send']({ sessionId: session, requestId, text: prompt })),
        id: session,
      }
    : await create(client, {
        requestId,
        prompt,
        origin: 'cli',
        ...(repo ? { repo } : {}),
        ...(title ? { title } : {}),
      });
  if (options.detach) {
    print(sent.id);
    return 0;
  }
  if (!json) process.stderr.write(pc.dim(`Session ${sent.id}. Ctrl-C stops it; twice leaves it.\n`));
  let turnId: string | undefined;
  const stopTurn = () => void client.http['turn.stop']({ sessionId: sent.id, ...(turnId ? { turnId } : {}) });
  const { signal } = interrupted(stopTurn);
  return follow(client, sent.id, {
    promptId: sent.promptId,
    json,
    signal,
    onTurn: id => {
      turnId = id;
    },
  });
}

type CreateInput = Parameters<Client['http']['session.create']>[0];

async function create(
  client: Client,
  input: CreateInput,
): Promise<{ id: string; promptId: string | undefined }> {
  const { session, promptId } = must(await client.http['session.create'](input));
  return { id: session.id, promptId };
}

/** The first Ctrl-C does `first`, the second ends the following. */
function interrupted(first: () => void): AbortController {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    first();
    process.once('SIGINT', () => controller.abort());
  });
  return controller;
}

const describe = ({ id, state, repo, title, updatedAt }: Session) =>
  `${id}  ${state.padEnd(8)}  ${(repo ?? '').padEnd(16)}  ${updatedAt.slice(0, 16).replace('T', ' ')}  ${title}`;

await program.parseAsync();
