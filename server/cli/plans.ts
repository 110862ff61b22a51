import type { Client } from '@deckhand/shared/client';
import type { Command } from 'commander';
import pc from 'picocolors';
import { CommandFailed, must } from './must.ts';
import { type Options, print, run } from './run.ts';

/** `deckhand plan`: the plan that waits in a session. */
export function addPlanCommands(program: Command): void {
  program
    .command('plan <session>')
    .description('print the plan that waits for approval')
    .action((sessionId: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json = false }) => {
        const plan = await waiting(client, sessionId);
        print(json ? JSON.stringify(plan) : plan.text);
        return 0;
      }),
    );
}

/** How to go on from a plan or a call that waits for a yes, where there is one. */
export async function sayPlan(client: Client, sessionId: string): Promise<void> {
  const { head } = must(await client.http['session.view']({ sessionId }));
  if (head.approvals.length === 0) return;
  const what = head.approvals.some(({ plan }) => plan) ? 'The plan waits' : 'It waits for approval';
  const ways = `deckhand approve ${sessionId} [--edited FILE]\` or \`deckhand refuse ${sessionId}`;
  process.stderr.write(pc.dim(`${what}: \`${ways}\`.\n`));
}

async function waiting(client: Client, sessionId: string) {
  const { head } = must(await client.http['session.view']({ sessionId }));
  const plan = head.approvals.find(each => each.plan);
  if (!plan)
    throw new CommandFailed({
      ok: false,
      code: 'not_found',
      message: 'No plan waits in this session.',
      retryable: false,
    });
  return plan;
}
