import type { Stats } from '@deckhand/shared';
import type { ChangeFact, SessionFacts, TurnFact } from './facts.ts';
import type { Period } from './period.ts';
import { microUsd, toUsd, type UseOptions, UseTable } from './useTable.ts';

export type AggregateOptions = Period & Pick<UseOptions, 'groupBy' | 'teamsOf'>;
/** All that is counted from sessions; how many lines are Deckhand's is counted from repositories. */
export type Counted = Omit<Stats, 'lines' | 'upToDate'>;

/** Pure: every number of server/STATS.md that comes from sessions. */
export function aggregate(sessions: Iterable<SessionFacts>, options: AggregateOptions): Counted {
  const counting = new Counting(options);
  for (const facts of sessions) counting.add(facts);
  return counting.result();
}

/** The same, for many sessions that are handed over one by one. */
export class Counting {
  #options: AggregateOptions;
  #use: UseTable;
  #merged = { sessions: 0, changes: 0, added: 0, removed: 0 };
  #funnel = { prompted: 0, started: 0, changed: 0, merged: 0 };
  #firstTokenMs: number[] = [];
  #approval = { reviewed: 0, approved: 0 };
  #revisions: number[] = [];
  #tokens = { turns: 0, unpricedTurns: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  #microUsd = 0;

  constructor(options: AggregateOptions) {
    this.#options = options;
    this.#use = new UseTable({ ...options, inPeriod: this.#inPeriod });
  }

  add(facts: SessionFacts): void {
    this.#use.add(facts);
    this.#addMerged(facts);
    this.#addFunnel(facts);
    for (const change of facts.changes) this.#addOpened(change);
    for (const turn of facts.turns) this.#addCost(turn);
  }

  result(): Counted {
    const { from, to, every, groupBy } = this.#options;
    const { reviewed, approved } = this.#approval;
    const waits = this.#firstTokenMs.toSorted((a, b) => a - b);
    return {
      from,
      to,
      groupBy,
      every,
      merged: this.#merged,
      funnel: this.#funnel,
      use: this.#use.all,
      firstToken: { sessions: waits.length, p50Ms: nearestRank(waits, 0.5), p95Ms: nearestRank(waits, 0.95) },
      approval: { reviewed, approved, rate: reviewed === 0 ? null : approved / reviewed },
      revisions: revisionsOf(this.#revisions),
      cost: { usd: toUsd(this.#microUsd), ...this.#tokens },
      groups: this.#use.groups,
      overTime: this.#use.overTime,
    };
  }

  #inPeriod = (at: string | null): at is string =>
    at !== null && at >= this.#options.from && at < this.#options.to;

  #addMerged({ changes }: SessionFacts): void {
    const merged = changes.filter(({ mergedAt }) => this.#inPeriod(mergedAt));
    if (merged.length === 0) return;
    this.#merged.sessions += 1;
    this.#merged.changes += merged.length;
    for (const { lines } of merged) {
      this.#merged.added += lines?.added ?? 0;
      this.#merged.removed += lines?.removed ?? 0;
    }
  }

  #addFunnel({ prompts, turns, changes }: SessionFacts): void {
    const [first] = prompts;
    if (!first || !this.#inPeriod(first.at)) return;
    this.#funnel.prompted += 1;
    if (turns.length > 0) this.#funnel.started += 1;
    if (changes.some(({ openedAt }) => openedAt !== null)) this.#funnel.changed += 1;
    if (changes.some(({ mergedAt }) => mergedAt !== null)) this.#funnel.merged += 1;
    const token = turns[0]?.firstTokenAt;
    // The two clocks are Redis' and the worker's.
    if (token) this.#firstTokenMs.push(Math.max(0, Date.parse(token) - Date.parse(first.at)));
  }

  #addOpened({ openedAt, approvedBy, refusedBy, revisions }: ChangeFact): void {
    if (!this.#inPeriod(openedAt)) return;
    this.#revisions.push(revisions.length);
    if (approvedBy.length + refusedBy.length === 0) return;
    this.#approval.reviewed += 1;
    if (refusedBy.length === 0) this.#approval.approved += 1;
  }

  #addCost({ end }: TurnFact): void {
    if (!end || !this.#inPeriod(end.at)) return;
    const { usage, costUsd } = end;
    this.#tokens.turns += 1;
    this.#tokens.inputTokens += usage.inputTokens;
    this.#tokens.cachedInputTokens += usage.cachedInputTokens;
    this.#tokens.outputTokens += usage.outputTokens;
    if (costUsd === null) this.#tokens.unpricedTurns += 1;
    else this.#microUsd += microUsd(costUsd);
  }
}

/** The smallest value that at least this part of all does not exceed; null of none. `sorted` rises. */
export const nearestRank = (sorted: readonly number[], part: number): number | null =>
  sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null;

function revisionsOf(counts: readonly number[]): Counted['revisions'] {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const changesBy = new Map<number, number>();
  for (const n of counts) changesBy.set(n, (changesBy.get(n) ?? 0) + 1);
  return {
    changes: counts.length,
    total,
    mean: counts.length === 0 ? null : total / counts.length,
    spread: [...changesBy]
      .map(([revisions, changes]) => ({ revisions, changes }))
      .toSorted((a, b) => a.revisions - b.revisions),
  };
}
