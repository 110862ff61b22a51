import { readFile } from 'node:fs/promises';
import { type Extent, failure, type WaitingApproval } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import { approvalAction, mayAnswerLine, relativeTime, riskLine } from '@deckhand/shared/words';
import { type Command, Option } from 'commander';
import pc from 'picocolors';
import { CommandFailed, must } from './must.ts';
import { type Options, print, run } from './run.ts';
import { withoutEscapes } from './shown.ts';

type Waiting = WaitingApproval & { sessionId: string };
type ApproveOptions = Options & { edited?: string; for?: Extent };

/** `deckhand approvals | approve | refuse`: what waits for a yes, plans too, and what becomes of it. */
export function addApprovalCommands(program: Command): void {
  program
    .command('approvals [session]')
    .description('list what waits for a yes: what exactly, why, how risky, who may say it')
    .action((sessionId: string | undefined, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async (client, { json = false }) => {
        const all = sessionId ? await waitingIn(client, sessionId) : await waitingAnywhere(client);
        for (const each of all) print(json ? JSON.stringify(each) : described(each));
        if (all.length === 0 && !json) print('Nothing waits for approval.');
        return 0;
      }),
    );

  program
    .command('approve <id>')
    .description('approve what waits: the id of an approval, or of the session in which it waits')
    .option('-e, --edited <file>', 'the plan or command as it is to run: a file, or - for what is piped in')
    .addOption(
      new Option('--for <extent>', 'how far the yes reaches').choices(['once', 'session', 'repository']),
    )
    .action((id: string, _: object, command: Command) =>
      run(command.optsWithGlobals<ApproveOptions>(), async (client, options) => {
        const { sessionId, approvalId } = await theOne(client, id);
        const text = options.edited === undefined ? undefined : await readText(options.edited);
        must(
          await client.http['approval.answer']({
            ...{ sessionId, approvalId, approve: true },
            ...(text === undefined ? {} : { text }),
            ...(options.for ? { extent: options.for } : {}),
          }),
        );
        print(`Approved. \`deckhand follow ${sessionId}\` watches it.`);
        return 0;
      }),
    );

  program
    .command('refuse <id>')
    .description('refuse what waits: the id of an approval, or of the session in which it waits')
    .action((id: string, _: object, command: Command) =>
      run(command.optsWithGlobals<Options>(), async client => {
        const { sessionId, approvalId } = await theOne(client, id);
        must(await client.http['approval.answer']({ sessionId, approvalId, approve: false }));
        print('Refused.');
        return 0;
      }),
    );
}

/** Also of what waits in a session, on a line each. */
export function described(approval: Waiting): string {
  const { approvalId, sessionId, plan, why, risk, who, expiresAt, extents = [] } = approval;
  const action = plan ? 'a plan' : withoutEscapes(approvalAction(approval));
  const lines = [
    risk && `${riskLine(risk)}: ${risk.reasons.join('; ')}`,
    why,
    mayAnswerLine(who),
    extents.length > 1 && `--for ${extents.filter(extent => extent !== 'once').join('|')}`,
    expiresAt && `refused, unless answered, ${relativeTime(Date.parse(expiresAt), Date.now())}`,
  ]
    .filter(line => typeof line === 'string')
    .map(withoutEscapes);
  return [`${approvalId}  ${pc.dim(sessionId)}\n  ${action}`, ...lines.map(line => pc.dim(`  ${line}`))].join(
    '\n',
  );
}

async function waitingIn(client: Client, sessionId: string): Promise<Waiting[]> {
  const { head } = must(await client.http['session.view']({ sessionId }));
  return head.approvals.map(approval => ({ ...approval, sessionId }));
}

/** So many sessions are looked at for what waits in them, the newest first. */
const lookedAt = 100;

async function waitingAnywhere(client: Client): Promise<Waiting[]> {
  const { sessions } = must(await client.http['session.list']({ limit: lookedAt }));
  const open = sessions.filter(({ state }) => state !== 'archived');
  return (await Promise.all(open.map(({ id }) => waitingIn(client, id)))).flat();
}

async function theOne(client: Client, id: string): Promise<Waiting> {
  const isSession = id.startsWith('ses_');
  const all = isSession ? await waitingIn(client, id) : await waitingAnywhere(client);
  const found = isSession ? all : all.filter(({ approvalId }) => approvalId === id);
  const [first, ...others] = found;
  if (first && others.length === 0) return first;
  const message = first
    ? `Several wait in this session. Name one: ${found.map(({ approvalId }) => approvalId).join(', ')}.`
    : isSession
      ? 'Nothing waits for approval in this session.'
      : `No approval ${id} waits: it was answered or has expired.`;
  throw new CommandFailed(failure('not_found', message));
}

const readText = (file: string) => readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
