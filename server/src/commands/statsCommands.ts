import type { CommandParsed, Result } from '@deckhand/shared';
import type { Identity } from '../identity/identity.ts';
import type { RepoCatalog } from '../repos/catalog.ts';
import { periodOf } from '../stats/period.ts';
import type { ChangeRow, StatsService, Wanted } from '../stats/stats.ts';
import type { Handlers } from './handlers.ts';
import type { Visible } from './visible.ts';

export type StatsCommandDeps = {
  visible: Visible;
  catalog: RepoCatalog;
  stats: StatsService;
  clock: () => number;
};

/** Numbers of what whoever asks may see. */
export function statsCommands(deps: StatsCommandDeps): Pick<Handlers, 'stats' | 'stats.now'> {
  return {
    async stats(who, input) {
      const wanted = await wantedStats(deps, who, input);
      return wanted.ok ? { ok: true, ...(await deps.stats.answer(wanted)) } : wanted;
    },
    async 'stats.now'(who, { repo }) {
      const seen = await reposOf(deps, who, repo);
      return seen.ok ? { ok: true, ...(await deps.stats.now(seen.repos)) } : seen;
    },
  };
}

/** The same numbers as tables. */
export type StatsTables = {
  /** Use by group over time. */
  use(who: Identity, input: CommandParsed<'stats'>): Promise<Result<{ rows: readonly object[] }>>;
  /** One row for each change. */
  changes(who: Identity, input: CommandParsed<'stats'>): Promise<Result<{ rows: readonly ChangeRow[] }>>;
};

export const statsTables = (deps: StatsCommandDeps): StatsTables => ({
  async use(who, input) {
    const wanted = await wantedStats(deps, who, input);
    return wanted.ok ? { ok: true, rows: (await deps.stats.answer(wanted)).overTime } : wanted;
  },
  async changes(who, input) {
    const wanted = await wantedStats(deps, who, input);
    return wanted.ok ? { ok: true, rows: await deps.stats.changes(wanted) } : wanted;
  },
});

/** The period and the repositories that somebody's question is about. */
async function wantedStats(
  deps: StatsCommandDeps,
  who: Identity,
  input: CommandParsed<'stats'>,
): Promise<Result<Wanted>> {
  const asked = periodOf(input, deps.clock());
  if (!asked.ok) return asked;
  const seen = await reposOf(deps, who, input.repo);
  return seen.ok ? { ok: true, ...asked.period, groupBy: input.groupBy, repos: seen.repos } : seen;
}

async function reposOf(
  { visible, stats, catalog }: StatsCommandDeps,
  who: Identity,
  name: string | undefined,
): Promise<Result<{ repos: ReadonlySet<string | null> }>> {
  if (name !== undefined) {
    const seen = await visible.repo(who, name);
    return seen.ok ? { ok: true, repos: new Set([seen.repo.id]) } : seen;
  }
  // Those that have left the catalog are known by their sessions alone.
  const all = new Set([...(await stats.repos()), ...catalog.list().map(({ id }) => id)]);
  const seen = await visible.readable(who, [...all]);
  return seen.ok ? { ok: true, repos: new Set([...seen.ids, null]) } : seen;
}
