import { BudgetOf, type BudgetState, BudgetUnit, budgetAmount } from '@deckhand/shared';
import { newRequestId } from '@deckhand/shared/client';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';

type BudgetOptions = Options & {
  raise?: number;
  of: Exclude<BudgetOf, 'turn'>;
  unit: BudgetUnit;
  whose?: string;
  ask?: boolean;
};

const amountOf = (text: string) => {
  const amount = Number(text);
  if (!(amount > 0)) throw new InvalidArgumentError('say how much more, e.g. 5');
  return amount;
};

/** `deckhand budget`: what is used of budgets, and more of them. */
export function addBudgetCommand(program: Command): void {
  program
    .command('budget [session]')
    .description(
      'print what is used of a session’s budgets (of all that you may see today without one), or raise one',
    )
    .option('--raise <amount>', 'so much more, in its unit', amountOf)
    .addOption(
      new Option('--of <whose>', 'whose budget')
        .choices(BudgetOf.exclude(['turn']).options)
        .default('session'),
    )
    .addOption(new Option('--unit <unit>', 'of what').choices(BudgetUnit.options).default('tokens'))
    .option('--whose <name>', 'of several teams, this one')
    .option('--ask', 'ask those who may, rather than raise it')
    .action((sessionId: string | undefined, _: object, command: Command) =>
      run(command.optsWithGlobals<BudgetOptions>(), async (client, options) => {
        const { raise, of, unit, whose, ask, json } = options;
        if (raise !== undefined) {
          if (!sessionId) throw new Error('Name the session in which it is needed.');
          const wanted = {
            ...{ sessionId, of, unit, amount: raise, requestId: newRequestId() },
            ...(whose ? { whose } : {}),
          };
          if (ask) print(`Asked: ${must(await client.http['budget.ask'](wanted)).approvalId}`);
          else print(describe(must(await client.http['budget.raise'](wanted)).budget));
          return 0;
        }
        const { budgets } = must(
          sessionId ? await client.http['budget.get']({ sessionId }) : await client.http['budget.today']({}),
        );
        for (const budget of budgets) print(json ? JSON.stringify(budget) : describe(budget));
        if (budgets.length === 0 && !json)
          print(sessionId ? 'No budget is set.' : 'Nothing is used of any budget today.');
        return 0;
      }),
    );
}

function describe({ of, whose, unit, used, limit, until }: BudgetState): string {
  const share = limit > 0 ? `${Math.round((100 * used) / limit)} %` : '';
  const name = whose ? `${of} ${whose}` : of;
  const end = until ? `  anew ${until.slice(0, 16).replace('T', ' ')} UTC` : '';
  return `${name.padEnd(28)}  ${`${budgetAmount(unit, used)} of ${budgetAmount(unit, limit)}`.padEnd(40)}  ${share}${end}`;
}
