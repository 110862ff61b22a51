import { Argument, type Command } from 'commander';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';

/** `deckhand erase session | person`: for good, everywhere; for admins. */
export function addEraseCommand(program: Command): void {
  program
    .command('erase')
    .description('erase a session, or a person, everywhere and for good; for admins')
    .addArgument(new Argument('<what>').choices(['session', 'person']))
    .argument('<id>', 'id of the session; userId, login or account elsewhere (slack:T1/U1) of the person')
    .requiredOption('--yes', 'nothing brings it back')
    .action((what: 'session' | 'person', id: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        if (what === 'session') must(await client.http['erase.session']({ sessionId: id }));
        else must(await client.http['erase.person']({ person: id }));
        print(`Erased. The audit log keeps that it was done, and not of whom.`);
        return 0;
      }),
    );
}
