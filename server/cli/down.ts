import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { Options } from './run.ts';

const program = fileURLToPath(new URL('../admin/down.ts', import.meta.url));

/** `deckhand down`: no command of a server, which must be stopped for it; a program on the server's machine does it. */
export function addDownCommand(cli: Command): void {
  cli
    .command('down')
    .description('take everything of this deployment off its engine: sandboxes, disks, helpers')
    .option('--images', 'also the images that were built for repositories')
    .option('--force', 'also while a server runs, or where that cannot be told')
    .addHelpText(
      'after',
      '\nSessions, what they committed and their archives stay; what git ignores goes with the disks.',
    )
    .action(async (_: object, command: Command) => {
      const { images, force, json } = command.optsWithGlobals<
        Options & { images?: boolean; force?: boolean }
      >();
      const flags = Object.entries({ images, force, json }).filter(([, given]) => given);
      const args = flags.map(([name]) => `--${name}`);
      const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' });
      const [code] = (await once(child, 'exit')) as [number | null];
      process.exitCode = code ?? 1;
    });
}
