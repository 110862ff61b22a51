import { Role, type UserInfo } from '@deckhand/shared';
import { Argument, type Command } from 'commander';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';

/** `deckhand people | role | link`: who signed in with GitHub, what they may do, and a way in for whoever is at this machine. */
export function addPeopleCommands(program: Command): void {
  program
    .command('people')
    .description('list who signed in with GitHub')
    .action((_: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json }) => {
        const { users } = must(await client.http['user.list']({}));
        for (const user of users) print(json ? JSON.stringify(user) : describe(user));
        return 0;
      }),
    );

  program
    .command('role')
    .description(
      'say what somebody may do: viewers read, members prompt, admins also keep secrets and people',
    )
    .argument('<login>', 'their login on GitHub')
    .addArgument(new Argument('<role>').choices(Role.options))
    .action((login: string, role: Role, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        print(describe(must(await client.http['user.role']({ login, role })).user));
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
}

const describe = ({ login, role, seenAt, name }: UserInfo) =>
  `${login.padEnd(24)}  ${role.padEnd(6)}  ${seenAt.slice(0, 16).replace('T', ' ')}  ${name}`;
