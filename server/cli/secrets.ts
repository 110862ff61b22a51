import type { SecretInfo, SecretPhase } from '@deckhand/shared';
import { type Command, Option } from 'commander';
import { must } from './must.ts';
import { readSecret } from './readSecret.ts';
import { type Options, print, run } from './run.ts';

type SecretOptions = Options & {
  repo: string;
  phase: SecretPhase;
  host?: string[];
  as?: 'bearer' | 'basic';
  user?: string;
  ask?: boolean;
};

const phase = () =>
  new Option('--phase <phase>', 'build: for what makes images; run: for every command of sessions')
    .choices(['build', 'run'])
    .makeOptionMandatory();

/** `deckhand secret set | list | rm`: the value is piped in or typed unseen, never an argument, never shown. */
export function addSecretCommands(program: Command): void {
  const secret = program.command('secret').description("secrets of a repository's environment");
  const action =
    (work: (name: string, options: SecretOptions) => Parameters<typeof run>[1]) =>
    (name: string, _: object, command: Command) => {
      const options = command.optsWithGlobals<SecretOptions>();
      return run(options, work(name, options));
    };

  secret
    .command('set <name>')
    .description('set or replace one; its value is asked for, or read from stdin')
    .requiredOption('-r, --repo <id>', 'repository')
    .addOption(phase())
    .option(
      '--host <host...>',
      'never inside of a sandbox: the egress proxy puts it in towards these hosts alone',
    )
    .addOption(
      new Option('--as <scheme>', 'with --host: given to requests that bring no credentials').choices([
        'bearer',
        'basic',
      ]),
    )
    .option('--user <name>', 'with --as basic: its user name')
    .option('--ask', 'with --host: people of a session are asked before it is used there')
    .action(
      action((name, options) => async client => {
        const { repo, host: hosts, as, user: username, ask } = options;
        if (!hosts && (as || username || ask)) throw new Error('--as, --user and --ask need --host');
        const proxy = hosts ? { proxy: { hosts, as, username, ask } } : {};
        const value = await readSecret(`Value of ${name} (not shown): `);
        must(await client.http['secret.set']({ repo, name, phase: options.phase, value, ...proxy }));
        print(`Set ${name} for ${options.phase} of ${repo}.`);
        return 0;
      }),
    );

  secret
    .command('list')
    .description('list their names, and who set them when')
    .requiredOption('-r, --repo <id>', 'repository')
    .action((_: object, command: Command) =>
      run(command.optsWithGlobals<SecretOptions>(), async (client, options) => {
        const { secrets } = must(await client.http['secret.list']({ repo: options.repo }));
        for (const each of secrets) print(options.json ? JSON.stringify(each) : describe(each));
        return 0;
      }),
    );

  secret
    .command('rm <name>')
    .description('remove one')
    .requiredOption('-r, --repo <id>', 'repository')
    .addOption(phase())
    .action(
      action((name, options) => async client => {
        const { repo } = options;
        must(await client.http['secret.remove']({ repo, name, phase: options.phase }));
        print(`Removed ${name} for ${options.phase} of ${repo}.`);
        return 0;
      }),
    );
}

const describe = ({ name, phase: when, setAt, setBy, proxy }: SecretInfo) =>
  `${when.padEnd(5)}  ${setAt.slice(0, 16).replace('T', ' ')}  ${setBy.padEnd(16)}  ${name}${proxy ? `  (by the proxy, for ${proxy.hosts.join(' ')})` : ''}`;
