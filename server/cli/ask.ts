import type { PlanMode } from '@deckhand/shared';
import { type Client, newRequestId } from '@deckhand/shared/client';
import type { Command } from 'commander';
import pc from 'picocolors';
import { attemptsOf, tryIt } from './attempts.ts';
import { follow } from './follow.ts';
import { must } from './must.ts';
import { plain } from './plain.ts';
import { sayPlan } from './plans.ts';
import { type Options, print, run } from './run.ts';

type AskOptions = Options & {
  repo?: string;
  session?: string;
  title?: string;
  detach?: boolean;
  model?: string;
  now?: boolean;
  plan?: boolean;
  large?: boolean;
  agent?: string;
  attempts?: string;
  temperatures?: string;
  review?: boolean;
};

/** `deckhand ask …`, and `deckhand "…"`: a prompt, followed to its end. */
export function addAskCommand(program: Command): void {
  program
    .command('ask <words...>')
    .description('send a prompt and follow it; a prompt in quotes needs no `ask`')
    .option('-r, --repo <id>', 'repository (may be left out where there is only one)')
    .option('-s, --session <id>', 'prompt an existing session')
    .option('-t, --title <title>', 'title of the new session')
    .option('-m, --model <name>', 'model of the new session, or of this prompt in an existing one')
    .option(
      '--now',
      'for the turn that runs, before its next step; without it the prompt waits until that has ended',
    )
    .option('--plan', 'ask for a plan first; nothing is changed before `deckhand approve`')
    .option('--large', 'work for several agents: ask for its parts first, to be approved as a plan is')
    .option(
      '-a, --agent <name>',
      'agent that is to work on it (`deckhand agents` lists them); @name in front says the same',
    )
    .option(
      '--attempts <n>',
      'work on it so many times, or once with each of these models (a,b,c), and compare: `deckhand take` takes one',
    )
    .option('--temperatures <list>', 'one attempt with each of these (0,0.7,1)')
    .option('--no-review', 'with --attempts: no reviewer looks at them')
    .option('-d, --detach', 'send the prompt and leave')
    .addHelpText(
      'after',
      '\nThe exit code is 0 when done, 1 failed, 3 asked something, 4 stopped, 5 over budget.',
    )
    .action((words: string[], _: object, command: Command) =>
      run(command.optsWithGlobals<AskOptions>(), (client, options) => ask(client, words.join(' '), options)),
    );
}

/** Arguments of which one has the spaces of a sentence, and none is a command's name, are a prompt. */
export function withAsk(program: Command, args: string[]): string[] {
  const first = program.parseOptions(args).operands[0];
  const isPrompt = first === undefined ? args.some(hasSpaces) : hasSpaces(first);
  return isPrompt ? ['ask', ...args] : args;
}

const hasSpaces = (text: string) => /\s/.test(text.trim());

async function ask(client: Client, prompt: string, options: AskOptions): Promise<number> {
  const { json = false } = options;
  const attempts = attemptsOf(options.attempts, options.temperatures);
  if (attempts) return tryIt(client, prompt, { ...options, attempts });
  const sent = options.session
    ? await send(client, options.session, prompt, options)
    : await create(client, prompt, options);
  if (options.detach) {
    print(sent.sessionId);
    return 0;
  }
  const waits = !sent.isBehind
    ? ''
    : options.now
      ? ' It goes to the turn that runs, before its next step.'
      : ' Another turn runs; yours comes after it.';
  if (!json)
    process.stderr.write(pc.dim(`Session ${sent.sessionId}.${waits} Ctrl-C stops yours; twice leaves it.\n`));
  const turn = Promise.withResolvers<string>();
  const { signal } = interrupted(() => takeBack(client, sent, turn.promise));
  const code = await follow(client, sent.sessionId, { ...sent, json, signal, onTurn: turn.resolve });
  if ((options.plan || options.large) && !json) await sayPlan(client, sent.sessionId);
  return code;
}

const modeOf = ({ plan, large }: AskOptions): { mode?: PlanMode } =>
  large ? { mode: 'large' } : plan ? { mode: 'plan' } : {};

type Sent = { sessionId: string; promptId: string | undefined; after: number; isBehind?: boolean };

/** Followed from where the session stands now: what was before is known, or a `deckhand log` away. */
async function send(
  client: Client,
  sessionId: string,
  text: string,
  { model, now, agent, ...options }: AskOptions,
): Promise<Sent> {
  const { session } = must(await client.http['session.get']({ sessionId }));
  const { promptId } = must(
    await client.http['prompt.send']({
      ...{ sessionId, requestId: newRequestId(), text },
      ...(model ? { model } : {}),
      ...(now ? { when: 'now' as const } : {}),
      ...modeOf(options),
      ...(agent ? { agent } : {}),
    }),
  );
  return { sessionId, promptId, after: session.last, isBehind: session.state === 'running' };
}

async function create(
  client: Client,
  prompt: string,
  { repo, title, model, agent, ...options }: AskOptions,
): Promise<Sent> {
  const { session, promptId } = must(
    await client.http['session.create']({
      requestId: newRequestId(),
      prompt,
      origin: 'cli',
      ...(repo ? { repo } : {}),
      ...(title ? { title } : {}),
      ...(model ? { model } : {}),
      ...modeOf(options),
      ...(agent ? { agent } : {}),
    }),
  );
  return { sessionId: session.id, promptId, after: 0 };
}

/** A prompt that waits is cancelled, whoever's turn runs meanwhile; one that was begun is stopped with its turn. */
async function takeBack(client: Client, { sessionId, promptId }: Sent, turn: Promise<string>): Promise<void> {
  if (promptId && (await client.http['prompt.cancel']({ sessionId, promptId })).ok) return;
  await client.http['turn.stop']({ sessionId, turnId: await turn });
}

/** The first Ctrl-C does `first`, the second ends the following. */
function interrupted(first: () => Promise<void>): AbortController {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    first().catch((error: Error) => process.stderr.write(`${plain(error.message)}\n`));
    process.once('SIGINT', () => controller.abort());
  });
  return controller;
}
