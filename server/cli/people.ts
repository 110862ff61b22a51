import { Role, type UserInfo } from '@deckhand/shared';
import { Argument, type Command } from 'commander';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';

/** `deckhand people | role`: who signed in with GitHub, and what they may do. */
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
}

const describe = ({ login, role, seenAt, name }: UserInfo) =>
  `${login.padEnd(24)}  ${role.padEnd(6)}  ${seenAt.slice(0, 16).replace('T', ' ')}  ${name}`;
