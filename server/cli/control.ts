import { newRequestId } from '@deckhand/shared/client';
import { givenLine } from '@deckhand/shared/words';
import type { Command } from 'commander';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';
import { inLine } from './shown.ts';

/** `deckhand take-over | hand-back`: a session's work tree by hand. */
export function addControlCommands(program: Command): void {
  program
    .command('take-over <session>')
    .description('take a session over: its agent pauses until you hand back')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json }) => {
        const { from } = must(await client.http['control.take']({ sessionId }));
        const whose = from ? `, taken over from ${inLine(from.name)}` : '';
        print(json ? JSON.stringify({ from: from ?? null }) : `You have control${whose}.`);
        return 0;
      }),
    );
  program
    .command('hand-back <session>')
    .description('hand control back: the agent is told what changed, and goes on')
    .option('-n, --note <words>', 'what it is to know, or to do where no turn waits')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options & { note?: string }>(), async (client, { json, note }) => {
        const asked = { sessionId, requestId: newRequestId(), ...(note === undefined ? {} : { note }) };
        const { changes } = must(await client.http['control.handBack'](asked));
        print(
          json
            ? JSON.stringify({ changes })
            : inLine(givenLine({ of: { userId: '', name: 'You' }, changes })),
        );
        return 0;
      }),
    );
}
