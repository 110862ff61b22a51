import { writeFile } from 'node:fs/promises';
import type { Replayed, StepInfo } from '@deckhand/shared';
import { type Command, InvalidArgumentError } from 'commander';
import { must } from './must.ts';
import { plain } from './plain.ts';
import { type Options, print, run } from './run.ts';

type ReplayOptions = Options & { step: number; request: number; model?: string; out?: string };

/** `deckhand steps | replay`: what the model was asked, and asking it again. */
export function addStepCommands(program: Command): void {
  program
    .command('steps <session>')
    .description('list the answers of the model in a session, with what each was asked')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json }) => {
        const { steps } = must(await client.http['step.list']({ sessionId }));
        for (const step of steps) print(json ? JSON.stringify(step) : describeStep(step));
        return 0;
      }),
    );

  program
    .command('replay <session>')
    .description('build the very request of a step again; with --model, ask that model and print its answer')
    .requiredOption('--step <n>', 'number of the step, as `deckhand steps` lists it', number)
    .option('--request <n>', 'which request, of an answer that came in pieces', number, 1)
    .option('--model <name>', 'model to ask, of those that the server has')
    .option('--out <file>', 'write the request there')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<ReplayOptions>(), async (client, options) => {
        const { step, request, model, json, out } = options;
        const input = { sessionId, step, request, ...(model === undefined ? {} : { model }) };
        const replayed = must(await client.http['step.replay'](input));
        if (out !== undefined) await writeFile(out, replayed.request.body);
        if (json) print(JSON.stringify(replayed));
        else show(replayed, out);
        return 0;
      }),
    );
}

function number(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It is a number from 1 on.');
  return value;
}

function describeStep({ n, at, model, prompts, agent, taskId, usage, context, requests }: StepInfo): string {
  const { inputTokens, cachedInputTokens, outputTokens } = usage;
  const tokens = `${inputTokens} in (${cachedInputTokens} cached), ${outputTokens} out`;
  const read = `${context.messages} messages${context.version > 0 ? `, summary ${context.version}` : ''}`;
  const bytes = requests.map(request => `${request.bytes} bytes`).join(' + ') || 'no request';
  return `${String(n).padStart(4)}  ${at.slice(0, 19).replace('T', ' ')}  ${model}  prompts ${prompts}${agent ? `  ${agent.id} ${agent.version}` : ''}${taskId ? `  ${taskId}` : ''}  ${read}  ${bytes}  ${tokens}`;
}

/** What is said about it goes beside, so that the request can be piped on as it is. */
function show({ step, request, exact, differs, answer }: Replayed, out: string | undefined): void {
  const say = (text: string) => process.stderr.write(`${plain(text)}\n`);
  say(`Step ${step.n} of ${step.model}, prompts ${step.prompts}: ${request.bytes} bytes to ${request.url}`);
  say(
    exact ? `Byte for byte what left then (SHA-256 ${request.sha256}).` : 'Not byte for byte what left then:',
  );
  for (const why of differs) say(`- ${why}`);
  if (!answer) {
    if (out === undefined) process.stdout.write(process.stdout.isTTY ? plain(request.body) : request.body);
    return;
  }
  const { inputTokens, outputTokens } = answer.usage;
  say(
    `${answer.model} answered in ${(answer.durationMs / 1000).toFixed(1)} s: ${inputTokens} tokens in, ${outputTokens} out`,
  );
  if (answer.text !== '') print(answer.text);
  for (const { tool, input, invalid } of answer.calls)
    print(`› ${tool} ${JSON.stringify(input)}${invalid === undefined ? '' : `  (${invalid})`}`);
}
