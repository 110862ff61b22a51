import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { KnownAgent } from '@deckhand/shared';
import { agentTools, permissionLine } from '@deckhand/shared/words';
import type { Command } from 'commander';
import pc from 'picocolors';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';

type ListOptions = Options & { repo?: string };

/** `deckhand agents`, `agents show | save | remove`: who can be named, and one's own. */
export function addAgentCommands(program: Command): void {
  const agents = program
    .command('agents')
    .description('list the agents that a prompt may name (`@reviewer …`, `--agent reviewer`)')
    .option('-r, --repo <id>', 'with those that this repository defines')
    .action((_: object, command: Command) =>
      run(command.optsWithGlobals<ListOptions>(), async (client, { repo, json = false }) => {
        const found = must(await client.http['agent.list'](repo ? { repo } : {}));
        if (json) {
          print(JSON.stringify(found));
          return found.mistakes.length > 0 ? 1 : 0;
        }
        for (const agent of found.agents) print(lineOf(agent));
        for (const { message, inService } of found.mistakes)
          process.stderr.write(
            `${pc.yellow('!')} ${message}${inService ? ` (${inService} stays as it was)` : ''}\n`,
          );
        // A script that checks definitions hears of a mistake.
        return found.mistakes.length > 0 ? 1 : 0;
      }),
    );

  agents
    .command('show <name>')
    .description('print all of one: what it may use and do, and its instructions')
    .option('-r, --repo <id>', 'as this repository defines it')
    .action((name: string, _: object, command: Command) =>
      run(command.optsWithGlobals<ListOptions>(), async (client, { repo, json = false }) => {
        const found = must(await client.http['agent.list'](repo ? { repo } : {}));
        const agent = found.agents.find(({ id }) => id === name);
        if (!agent) {
          process.stderr.write(`There is no agent ${name}. \`deckhand agents\` lists them.\n`);
          return 1;
        }
        print(json ? JSON.stringify(agent) : whole(agent));
        return 0;
      }),
    );

  agents
    .command('save <file>')
    .description('keep a definition as your own; the file is NAME.md')
    .action((file: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        const text = await readFile(file, 'utf8');
        const { agent } = must(await client.http['agent.save']({ id: basename(file, '.md'), text }));
        print(`${agent.id} is kept as your own, version ${agent.version}.`);
        return 0;
      }),
    );

  agents
    .command('remove <name>')
    .description('remove one of your own')
    .action((name: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        must(await client.http['agent.remove']({ id: name }));
        print('Removed.');
        return 0;
      }),
    );
}

const lineOf = (agent: KnownAgent) =>
  `${pc.bold(agent.id.padEnd(12))} ${agent.role}\n${pc.dim(
    `${' '.repeat(12)} ${agent.layer} · ${agent.version} · model ${agent.model} · ${agentTools(agent)} · ${agent.permissions
      .map(permissionLine)
      .join(', ')}`,
  )}`;

const whole = (agent: KnownAgent) =>
  [
    `${agent.name} (${agent.id}), version ${agent.version}`,
    agent.role,
    `Defined by: ${agent.layer}, ${agent.source}`,
    `Model: ${agent.model}`,
    `Tools: ${agentTools(agent)}`,
    `May: ${agent.permissions.map(permissionLine).join(', ') || 'read'}`,
    `Looks up: ${agent.memoryScope}`,
    '',
    agent.instructions,
  ].join('\n');
