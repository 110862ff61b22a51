import { EgressLine } from '@deckhand/shared';
import { egressPath } from '@deckhand/shared/client';
import type { Command } from 'commander';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';

/** `deckhand egress SESSION`: what its sandboxes reached, and what they were kept from. */
export function addEgressCommand(program: Command): void {
  program
    .command('egress <session>')
    .description('what a session reached in the network and what was blocked; --json: one object a line')
    .action((session: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, options) => {
        const { text } = must(await client.text(egressPath(session)));
        if (options.json) {
          if (text) print(text.trimEnd());
          return 0;
        }
        for (const line of text.split('\n').filter(Boolean))
          print(describe(EgressLine.parse(JSON.parse(line))));
        return 0;
      }),
    );
}

function describe({ at, host, port, outcome, count, reason, secrets }: EgressLine): string {
  const place = port === 0 || port === 443 ? host : `${host}:${port}`;
  const more = [
    count > 1 ? `${count} times` : '',
    secrets?.length ? `with ${secrets.join(' ')}` : '',
    outcome === 'refused' ? (reason ?? '') : '',
  ].filter(Boolean);
  return `${at.slice(0, 19).replace('T', ' ')}  ${outcome.padEnd(7)}  ${[place, ...more].join('  ')}`;
}
