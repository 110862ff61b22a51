import { type Stats, StatsEvery, StatsGroup, type StatsNow, type UseOfGroup } from '@deckhand/shared';
import { type Client, statsCsvPath } from '@deckhand/shared/client';
import { type Command, Option } from 'commander';
import { must } from './must.ts';
import { type Options, print, run } from './run.ts';

type StatsOptions = Options & {
  from?: string;
  to?: string;
  by: StatsGroup;
  every?: StatsEvery;
  repo?: string;
  csv?: boolean;
};

/** `deckhand stats`: the numbers that matter. */
export function addStatsCommand(program: Command): void {
  program
    .command('stats')
    .description('print what happened, counted; the last 30 days unless said otherwise')
    .option('--from <day>', 'first day, e.g. 2026-03-01')
    .option('--to <day>', 'the day after the last one')
    .addOption(new Option('--by <what>', 'group use by this').choices(StatsGroup.options).default('client'))
    .addOption(new Option('--every <span>', 'cut CSV and JSON by this').choices(StatsEvery.options))
    .option('-r, --repo <id>', 'this repository alone')
    .option('--csv', 'print use over time as CSV')
    .action((_: object, command: Command) =>
      run(command.optsWithGlobals<StatsOptions>(), (client, options) => show(client, options)),
    );
}

async function show(client: Client, options: StatsOptions): Promise<number> {
  const { from, to, every, repo, by: groupBy, csv, json } = options;
  const query = {
    groupBy,
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(every ? { every } : {}),
    ...(repo ? { repo } : {}),
  };
  if (csv) process.stdout.write(must(await client.text(statsCsvPath(query))).text);
  else {
    const stats = must(await client.http.stats(query));
    const { ok: _, ...numbers } = stats as typeof stats & { ok?: true };
    if (json) print(JSON.stringify(numbers));
    else
      for (const line of describe(stats, must(await client.http['stats.now'](repo ? { repo } : {}))))
        print(line);
  }
  return 0;
}

function describe(stats: Stats, now: StatsNow): string[] {
  const { merged, funnel, firstToken, approval, revisions, cost, use, groups, lines } = stats;
  const row = (name: string, value: string) => `${name.padEnd(22)}${value}`;
  return [
    `${stats.from.slice(0, 16).replace('T', ' ')} to ${stats.to.slice(0, 16).replace('T', ' ')} UTC`,
    ...(stats.upToDate ? [] : ['Sessions from before are still being counted.']),
    '',
    row(
      'Merged sessions',
      `${merged.sessions} (${plural(merged.changes, 'change')}, +${merged.added} -${merged.removed})`,
    ),
    row(
      'Sessions',
      `${funnel.prompted} prompted, ${funnel.started} started, ${funnel.changed} with a change, ${funnel.merged} merged`,
    ),
    row('People prompting now', String(now.peoplePrompting)),
    row('People', String(use.people)),
    row('First token', `p50 ${milliseconds(firstToken.p50Ms)}, p95 ${milliseconds(firstToken.p95Ms)}`),
    row('Approved', `${percent(approval.rate)} of ${plural(approval.reviewed, 'reviewed change')}`),
    row(
      'Revisions',
      `${revisions.mean?.toFixed(1) ?? '-'} a change, of ${plural(revisions.changes, 'change')}`,
    ),
    row('Cost', costOf(cost)),
    '',
    ...groups.map(group => row(group.group ?? 'none', useOf(group, stats.groupBy))),
    ...(lines.length > 0 ? ['', 'Lines that Deckhand wrote'] : []),
    ...lines.map(({ repo, counted, state }) =>
      row(repo, counted ? `${percent(counted.share)}${counted.sampled ? ', sampled' : ''}` : state),
    ),
  ];
}

function useOf(
  { prompts, people, sessions, taken, landed, merged, tokens, costUsd }: UseOfGroup,
  groupBy: StatsGroup,
): string {
  return [
    `${plural(prompts, 'prompt')} by ${people}`,
    plural(sessions, 'session'),
    ...(groupBy === 'attempt' ? [`${taken} taken`] : []),
    `${merged} merged (${percent(sessions === 0 ? null : landed / sessions)} of sessions)`,
    `${tokens} tokens`,
    ...(costUsd > 0 ? [dollars(costUsd)] : []),
  ].join(', ');
}

function costOf({ usd, turns, unpricedTurns, inputTokens, outputTokens }: Stats['cost']): string {
  const tokens = `${inputTokens} tokens in, ${outputTokens} out`;
  if (turns === unpricedTurns) return tokens;
  return `${dollars(usd)}; ${tokens}${unpricedTurns > 0 ? `; ${plural(unpricedTurns, 'turn')} of no known price` : ''}`;
}

const dollars = (usd: number) => (usd > 0 && usd < 0.01 ? 'under $0.01' : `$${usd.toFixed(2)}`);
const plural = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
const percent = (rate: number | null) => (rate === null ? '-' : `${(100 * rate).toFixed(1)} %`);
const milliseconds = (ms: number | null) => (ms === null ? '-' : `${(ms / 1000).toFixed(2)} s`);
