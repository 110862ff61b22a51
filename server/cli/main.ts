import { readFileSync } from 'node:fs';
import complete from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { addAgentCommands } from './agents.ts';
import { addApprovalCommands } from './approvals.ts';
import { addAskCommand, withAsk } from './ask.ts';
import { addAttemptCommands } from './attempts.ts';
import { addAuditCommand } from './audit.ts';
import { addBoardCommand } from './board.ts';
import { addBudgetCommand } from './budget.ts';
import { addControlCommands } from './control.ts';
import { addDownCommand } from './down.ts';
import { addEgressCommand } from './egress.ts';
import { addEraseCommand } from './erase.ts';
import { addGithubCommands } from './github.ts';
import { addListCommands } from './list.ts';
import { addEstateCommands } from './machine.ts';
import { addPeopleCommands } from './people.ts';
import { addPlanCommands } from './plans.ts';
import { addPolicyCommands } from './policy.ts';
import { addStepCommands } from './replay.ts';
import { addSecretCommands } from './secrets.ts';
import { addSessionCommands } from './sessions.ts';
import { addSlackCommands } from './slack.ts';
import { addStatsCommand } from './stats.ts';
import { addTaskCommands } from './tasks.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// A reader that has seen enough (`| head`) is no mistake of anybody's.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const program = new Command('deckhand')
  .description('Ask for a change, watch it happen, get the branch.')
  .version(version, '-V, --version', 'print the version')
  .option('--server <url>', 'server to talk to (DECKHAND_URL; else the one of this checkout)')
  .option('--token <token>', 'token to use (DECKHAND_TOKEN; else the one of this checkout)')
  .option('--json', 'print events, one JSON object a line', false)
  .usage('"what should change" [options] | <command>')
  .showHelpAfterError('Run `npx deckhand --help` for how to use it.');

addAskCommand(program);
addListCommands(program);
addSessionCommands(program);
addTaskCommands(program);
addControlCommands(program);
addAttemptCommands(program);
addBoardCommand(program);
addStepCommands(program);
addAgentCommands(program);
addPlanCommands(program);
addApprovalCommands(program);
addPolicyCommands(program);
addEstateCommands(program);
addDownCommand(program);
addSecretCommands(program);
addEgressCommand(program);
addPeopleCommands(program);
addSlackCommands(program);
addStatsCommand(program);
addAuditCommand(program);
addBudgetCommand(program);
addEraseCommand(program);
addGithubCommands(program);
complete(program);

await program.parseAsync(withAsk(program, process.argv.slice(2)), { from: 'user' });
