import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { TriedCall } from '@deckhand/shared';
import { grantLine, riskLine } from '@deckhand/shared/words';
import { type Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';

/** `deckhand grants | withdraw`, and `deckhand policy check | try`: what is permitted, and what would be. */
export function addPolicyCommands(program: Command): void {
  program
    .command('grants <session>')
    .description('list what was permitted while work was under way, and counts now')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json = false }) => {
        const { grants } = must(await client.http['grant.list']({ sessionId }));
        for (const grant of grants)
          print(json ? JSON.stringify(grant) : `${grant.grantId}  ${grantLine(grant)}`);
        if (grants.length === 0 && !json) print('Nothing was permitted beyond the policy.');
        return 0;
      }),
    );

  program
    .command('withdraw <session> <grant>')
    .description('take back what was permitted')
    .action((sessionId: string, grantId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        must(await client.http['grant.withdraw']({ sessionId, grantId }));
        print('Withdrawn.');
        return 0;
      }),
    );

  const policy = program.command('policy').description('look at a policy before it is in service');
  policy
    .command('check <file>')
    .description('say whether it can be read, and which key is wrong')
    .action((file: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        const { rules } = must(await client.http['policy.check'](await written(file)));
        print(`${file}: ${rules} rule${rules === 1 ? '' : 's'}, no mistake.`);
        return 0;
      }),
    );

  policy
    .command('try <file>')
    .description('replay it over past sessions: what would have been asked or refused')
    .option('-n, --sessions <count>', 'how many of the newest sessions', countOf, 50)
    .action((file: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options & { sessions: number }>(), async (client, options) => {
        const { sessions } = options;
        const tried = must(await client.http['policy.try']({ ...(await written(file)), sessions }));
        if (options.json) print(JSON.stringify(tried));
        else {
          for (const call of tried.found) print(described(call));
          if (tried.clipped > 0)
            print(`Of ${tried.clipped} calls only the beginning is kept: judged by that.`);
          print(
            `${tried.calls} calls of ${tried.sessions} sessions: ${tried.asked} would be asked, ${tried.refused} refused.`,
          );
        }
        return 0;
      }),
    );
}

const written = async (file: string) => ({ text: await readFile(file, 'utf8'), name: basename(file) });

function countOf(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1 || n > 200) throw new InvalidArgumentError('between 1 and 200');
  return n;
}

function described({ would, now, tool, action, author, why, risk, sessionId, seq }: TriedCall): string {
  const word = would === 'refuse' ? pc.red('refuse') : pc.yellow('ask   ');
  const first = action.split('\n')[0] ?? '';
  const before = now === would ? '' : ` (now: ${now})`;
  return `${word} ${tool} ${first}\n${pc.dim(`       ${why}${before}${risk ? ` · ${riskLine(risk)}` : ''} · ${author} · ${sessionId} ${seq}`)}`;
}
