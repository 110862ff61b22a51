import { newRequestId } from '@deckhand/shared/client';
import type { Command } from 'commander';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';
import { describeTree } from './tree.ts';

/** `deckhand tree | tasks stop | tasks tell`: what works below a session, looked at and steered. */
export function addTaskCommands(program: Command): void {
  program
    .command('tree <session>')
    .description('a session with its tasks and those that its agent began: state, agent, tokens, cost, time')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json }) => {
        const { tree } = must(await client.http['session.tree']({ sessionId }));
        print(json ? JSON.stringify(tree) : describeTree(tree));
        return 0;
      }),
    );

  const tasks = program
    .command('tasks')
    .description('end or tell a task that runs (`deckhand tree` lists them)');
  tasks
    .command('stop <session> <task>')
    .description('end a task and those below it; what it wrote is kept as a commit')
    .option('--take-over', 'tell whoever gave it that people do it themselves')
    .action((sessionId: string, taskId: string, _: object, command: Command) =>
      run(
        command.optsWithGlobals<Options & { takeOver?: boolean }>(),
        async (client, { takeOver = false }) => {
          must(await client.http['task.stop']({ sessionId, taskId, takeOver }));
          return 0;
        },
      ),
    );
  tasks
    .command('tell <session> <task> <words...>')
    .description('say something to its agent, which reads it before its next step')
    .action((sessionId: string, taskId: string, words: string[], ...[, command]: [object, Command]) =>
      run(command.optsWithGlobals<Options>(), async client => {
        const text = words.join(' ');
        must(await client.http['task.message']({ sessionId, taskId, requestId: newRequestId(), text }));
        return 0;
      }),
    );
}
