import type { AuditAct, AuditSubject, CommandInput } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import type { Command } from 'commander';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';

type AuditOptions = Options & {
  since?: string;
  until?: string;
  act?: string;
  who?: string;
  session?: string;
  refused?: boolean;
  all?: boolean;
  verify?: boolean;
  anchor?: string;
};

const shownCount = 50;
const pageCount = 500;

/** `deckhand audit`: who did what, when, from where; for admins. */
export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('print who did what, newest last; for admins')
    .option('--since <when>', 'from this time on: 2026-03-01, 2026-03-01T09:00, or 90m, 24h, 7d ago')
    .option('--until <when>', 'before this time')
    .option('--act <name>', 'a command, or its first part: secret')
    .option('--who <user>', 'acts of this person alone (id)')
    .option('--session <session>', 'acts on this session alone')
    .option('--refused', 'only what was refused or failed')
    .option('--all', `more than the newest ${shownCount} (so is --since)`)
    .option('--verify', 'walk the whole chain and say whether anything was changed, removed or cut off')
    .option('--anchor <end>', 'with --verify: an end that was written down, which the chain must go through')
    .action((_: object, command: Command) =>
      run(command.optsWithGlobals<AuditOptions>(), (client, options) =>
        options.verify ? verify(client, options) : show(client, options),
      ),
    );
}

async function show(client: Client, options: AuditOptions): Promise<number> {
  const { since, until, act, who, session, refused, json } = options;
  const query: CommandInput<'audit.list'> = {
    limit: since || options.all ? pageCount : shownCount,
    ...(since ? { since: timeOf(since) } : {}),
    ...(until ? { until: timeOf(until) } : {}),
    ...(act ? { act } : {}),
    ...(who ? { who } : {}),
    ...(session ? { sessionId: session } : {}),
    ...(refused ? { outcome: 'refused' } : {}),
  };
  const acts: AuditAct[] = [];
  for (let before: number | null | undefined; before !== null; ) {
    const page = must(await client.http['audit.list']({ ...query, ...(before ? { before } : {}) }));
    acts.push(...page.acts);
    before = since || options.all ? page.before : null;
  }
  for (const one of acts.toReversed()) print(json ? JSON.stringify(one) : describe(one));
  return 0;
}

async function verify(client: Client, { anchor, json }: AuditOptions): Promise<number> {
  const found = must(await client.http['audit.verify'](anchor ? { anchor } : {}));
  const { entries, end, fault } = found;
  if (json) print(JSON.stringify({ entries, end, fault }));
  else if (fault) print(`Entry ${fault.seq}: ${fault.what}. What stands before it is whole.`);
  else
    print(
      `${entries} entries, whole.\nThe end is ${end}\nWrite it down: --anchor shows later that nothing before it was cut off.`,
    );
  return fault ? 1 : 0;
}

/** A time, or so long ago. */
function timeOf(text: string): string {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  const minutes = { m: 1, h: 60, d: 1_440 };
  if (count && unit)
    return new Date(Date.now() - Number(count) * minutes[unit as 'm' | 'h' | 'd'] * 60_000).toISOString();
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Error(`${text} is no time: say 2026-03-01, 2026-03-01T09:00 or 24h.`);
  return new Date(ms).toISOString();
}

const nameOf = (subject: AuditSubject | undefined) =>
  subject ? (subject.name ?? subject.id ?? `(erased ${subject.pseudonym.slice(0, 8)})`) : '-';

function describe({ at, act, outcome, who, for: whose, session, way, address, about }: AuditAct): string {
  const by = whose ? `${nameOf(who)} for ${nameOf(whose)}` : nameOf(who);
  const fields = Object.entries(about).map(([field, value]) => `${field}=${value}`);
  const where = address ? `${way} ${nameOf(address)}` : way;
  const on = session ? [nameOf(session)] : [];
  return [at.slice(0, 19).replace('T', ' '), act.padEnd(18), (outcome ?? 'unknown').padEnd(10), by, where]
    .concat(on, fields)
    .join('  ');
}
