import type { AttemptWanted, ShownAttempts } from '@deckhand/shared';
import { type Client, newRequestId } from '@deckhand/shared/client';
import { attemptsText } from '@deckhand/shared/words';
import type { Command } from 'commander';
import pc from 'picocolors';
import { follow } from './follow.ts';
import { must } from './must.ts';
import { plain } from './plain.ts';
import { type Options, print, run } from './run.ts';
import { inLine } from './shown.ts';

/** `3`, or models with commas between them; or one attempt for each of these temperatures. */
export function attemptsOf(
  text: string | undefined,
  temperatures?: string,
): number | AttemptWanted[] | undefined {
  if (temperatures !== undefined)
    return temperatures
      .split(',')
      .map(each => ({ temperature: each.trim() === '' ? Number.NaN : Number(each) }));
  if (text === undefined) return undefined;
  return /^-?\d+$/.test(text) ? Number(text) : text.split(',').map(model => ({ model: model.trim() }));
}

type TryOptions = {
  attempts: number | AttemptWanted[];
  review?: boolean;
  session?: string;
  repo?: string;
  title?: string;
  detach?: boolean;
  json?: boolean | undefined;
};

/** The same prompt several times, followed until all have ended, then compared. */
export async function tryIt(client: Client, text: string, options: TryOptions): Promise<number> {
  const { attempts, review = true, json = false } = options;
  const { sessionId, groupId } = await begin(client, text, options);
  if (options.detach) {
    print(sessionId);
    return 0;
  }
  if (!json)
    process.stderr.write(pc.dim(`Session ${sessionId}. Ctrl-C stops all attempts; twice leaves them.\n`));
  const controller = new AbortController();
  process.once('SIGINT', () => {
    client.http['attempts.stop']({ sessionId, groupId }).catch((error: Error) => {
      process.stderr.write(`${plain(error.message)}\n`);
    });
    process.once('SIGINT', () => controller.abort());
  });
  const code = await follow(client, sessionId, { groupId, json, signal: controller.signal });
  if (code === 0 && !json) print(`Take one: npx deckhand take ${sessionId} <number>`);
  return code;

  async function begin(of: Client, prompt: string, { session, repo, title }: TryOptions) {
    const requestId = newRequestId();
    if (session) {
      const started = must(
        await of.http['attempts.start']({ sessionId: session, requestId, text: prompt, attempts, review }),
      );
      return { sessionId: session, groupId: started.groupId };
    }
    const created = must(
      await of.http['session.create']({
        ...{ requestId, prompt, attempts, review, origin: 'cli' },
        ...(repo ? { repo } : {}),
        ...(title ? { title } : {}),
      }),
    );
    return { sessionId: created.session.id, groupId: created.groupId };
  }
}

/** `deckhand attempts | take`: what came of several attempts, and the one that counts. */
export function addAttemptCommands(program: Command): void {
  program
    .command('attempts <session>')
    .description('attempts at a prompt, each with what bears it out, and its place')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json }) => {
        const { groups } = must(await client.http['attempts.list']({ sessionId }));
        for (const group of groups) print(json ? JSON.stringify(group) : describe(group));
        return 0;
      }),
    );

  program
    .command('take <session> <number>')
    .description('go on from this attempt, and open its change')
    .action((sessionId: string, number: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json = false }) => {
        const { session } = must(await client.http['session.get']({ sessionId }));
        const { promptId } = must(await client.http['attempts.take']({ sessionId, n: Number(number) }));
        const { signal } = new AbortController();
        return follow(client, sessionId, { promptId, after: session.last, json, signal });
      }),
    );
}

function describe(group: ShownAttempts): string {
  const lines = group.attempts.map(({ n, label, state, rank, words, childId, why }) => {
    const place = rank === null ? '-' : String(rank);
    const told = state === 'ended' ? words.join('; ') : [state, why].filter(Boolean).join(': ');
    return `  ${n}  place ${place}  ${childId}  ${inLine(label)}  ${inLine(told)}`;
  });
  return [`${attemptsText(group)}: ${inLine(group.title)}`, ...lines].join('\n');
}
