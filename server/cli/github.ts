import type { CheckLine } from '@deckhand/shared';
import type { Command } from 'commander';
import pc from 'picocolors';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';

/** `deckhand github check`: what is missing for Deckhand to work on GitHub. */
export function addGithubCommands(program: Command): void {
  const github = program.command('github').description('how this server works on GitHub');
  github
    .command('check')
    .description('say what is missing; the exit code is 1 where something is that is needed')
    .action((_: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json }) => {
        const { complete, lines } = must(await client.http['github.check']({}));
        if (json) print(JSON.stringify({ complete, lines }));
        else for (const line of lines) print(describe(line));
        return complete ? 0 : 1;
      }),
    );
}

const mark = { ok: pc.green('ok     '), advised: pc.yellow('advised'), missing: pc.red('missing') };

function describe({ name, state, text, todo }: CheckLine): string {
  const line = `${mark[state]}  ${name}: ${text}`;
  return todo === undefined ? line : `${line}\n         ${todo}`;
}
