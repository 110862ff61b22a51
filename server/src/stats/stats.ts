import { setTimeout as sleep } from 'node:timers/promises';
import type { Stats, StatsGroup, StatsNow } from '@deckhand/shared';
import { Counting } from './aggregate.ts';
import { type ChangeFact, isPerson } from './facts.ts';
import type { FactsFile } from './factsFile.ts';
import type { FactsKeeper } from './factsKeeper.ts';
import type { LineShares } from './lineShares.ts';
import type { Period } from './period.ts';

/** Whoever prompted within this is prompting now. */
export const promptingWindowMs = 5 * 60_000;
/** Of who prompts now; everybody who looks on shares the look. */
const nowAgeMs = 1_000;
const defaultPatienceMs = 5_000;

export type Wanted = Period & {
  groupBy: StatsGroup;
  /** Repositories that whoever asks may read; `null` is that of sessions without one. */
  repos: ReadonlySet<string | null>;
};

export type StatsOptions = {
  file: FactsFile;
  keeper: Pick<FactsKeeper, 'refresh'>;
  lines: Pick<LineShares, 'of'>;
  /** Teams of everybody who has some. */
  teams: () => Promise<ReadonlyMap<string, readonly string[]>>;
  clock: () => number;
  /** How long somebody waits for what is not counted yet; less than clients wait for an answer. */
  patienceMs?: number;
};

export type ChangeRow = ChangeFact & { sessionId: string; repo: string | null };

/** What happened, counted: for whoever asks, of what they may see. */
export class StatsService {
  #options: StatsOptions;

  constructor(options: StatsOptions) {
    this.#options = options;
  }

  /** Whether all is counted. Thousands of archives take longer than anybody waits. */
  async #counted(maxAgeMs: number): Promise<boolean> {
    const { keeper, patienceMs = defaultPatienceMs } = this.#options;
    const late = sleep(patienceMs, false, { ref: false });
    return Promise.race([keeper.refresh(maxAgeMs).then(() => true), late]);
  }

  /** Repositories that sessions were ever about. */
  async repos(): Promise<string[]> {
    await this.#counted(nowAgeMs);
    return this.#options.file.repos();
  }

  async answer(wanted: Wanted): Promise<Stats> {
    const { file, lines, teams } = this.#options;
    const upToDate = await this.#counted(0);
    const { from, to, every, groupBy, repos } = wanted;
    const teamsBy = groupBy === 'team' ? await teams() : new Map<string, readonly string[]>();
    const counting = new Counting({ from, to, every, groupBy, teamsOf: id => teamsBy.get(id) ?? [] });
    for await (const facts of file.during(from, to)) if (repos.has(facts.repo)) counting.add(facts);
    const named = [...repos].filter(repo => repo !== null).toSorted();
    return {
      ...counting.result(),
      upToDate,
      lines: named.map(repo => lines.of(repo)).filter(share => share !== null),
    };
  }

  /** Changes that were opened or merged in the period, in the order in which they were opened. */
  async changes({ from, to, repos }: Omit<Wanted, 'groupBy'>): Promise<ChangeRow[]> {
    const { file } = this.#options;
    await this.#counted(0);
    const isIn = (at: string | null) => at !== null && at >= from && at < to;
    const rows: ChangeRow[] = [];
    for await (const { sessionId, repo, changes } of file.during(from, to)) {
      if (!repos.has(repo)) continue;
      for (const change of changes)
        if (isIn(change.openedAt) || isIn(change.mergedAt)) rows.push({ sessionId, repo, ...change });
    }
    return rows.toSorted((a, b) => (a.openedAt ?? '').localeCompare(b.openedAt ?? ''));
  }

  /** Nothing of a session is counted any more, or all of it anew, where it is still there. */
  async erase(sessionId: string): Promise<void> {
    this.#options.file.erase(sessionId);
  }

  async now(repos: ReadonlySet<string | null>): Promise<StatsNow> {
    const { file, clock } = this.#options;
    await this.#counted(nowAgeMs);
    const nowMs = clock();
    const since = new Date(nowMs - promptingWindowMs).toISOString();
    const people = new Set<string>();
    for await (const facts of file.during(since, '9999')) {
      if (!repos.has(facts.repo)) continue;
      for (const { at, userId } of facts.prompts) if (at >= since && isPerson(userId)) people.add(userId);
    }
    return { at: new Date(nowMs).toISOString(), peoplePrompting: people.size, windowMs: promptingWindowMs };
  }
}
