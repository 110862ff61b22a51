import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { dataPaths } from './connection.ts';
import type { Options } from './run.ts';

const checker = fileURLToPath(new URL('../../slackbot/src/check/main.ts', import.meta.url));

/** `deckhand slack check`: the bot's own look at its tokens, scopes and events, with this checkout's server. */
export function addSlackCommands(program: Command): void {
  const slack = program.command('slack').description('the Slack bot');
  slack
    .command('check')
    .description('test tokens, scopes, events and the server; says what is missing')
    .option('--config-token <token>', 'an app configuration token of Slack, to read the events, too')
    .action(async (_: object, command: Command) => {
      const options = command.optsWithGlobals<Options & { configToken?: string }>();
      const { url, tokenFile } = await dataPaths(options, process.env);
      const kept = await readFile(tokenFile, 'utf8').catch(() => '');
      const token = options.token ?? process.env.DECKHAND_TOKEN ?? kept.trim();
      const args = options.configToken ? ['--config-token', options.configToken] : [];
      const child = spawn(process.execPath, [checker, ...args], {
        stdio: 'inherit',
        env: { ...process.env, DECKHAND_URL: url, DECKHAND_TOKEN: token || 'no-token-was-found' },
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      process.exitCode = code ?? 1;
    });
}
