import type { StatsEvery, StatsGroup, UseOfGroup, UseOverTime } from '@deckhand/shared';
import { type ChangeFact, isPerson, type SessionFacts, type TurnFact } from './facts.ts';
import { bucketOf } from './period.ts';

type Cell = {
  prompts: number;
  people: Set<string>;
  sessions: number;
  turns: number;
  merged: number;
  microUsd: number;
};
type Use = Omit<UseOfGroup, 'group'>;
/** Who did something, by what. */
type Whose = { userId: string; client: string; agent: string | null };

export type UseOptions = {
  inPeriod: (at: string) => boolean;
  every: StatsEvery;
  groupBy: StatsGroup;
  /** Somebody may be of several teams, and counts in each. */
  teamsOf: (userId: string) => readonly string[];
};

const million = 1_000_000;
export const microUsd = (usd: number) => Math.round(usd * million);
export const toUsd = (micro: number) => micro / million;

/** Who used Deckhand how much: in all, by group, and by group over time. */
export class UseTable {
  #options: UseOptions;
  #all = emptyCell();
  #groups = new Map<string | null, Cell>();
  #overTime = new Map<string, Map<string | null, Cell>>();

  constructor(options: UseOptions) {
    this.#options = options;
  }

  add(facts: SessionFacts): void {
    const [first] = facts.prompts;
    const begun = { userId: first?.userId ?? '', client: facts.origin, agent: first?.agent ?? null };
    this.#count(facts, facts.begunAt, begun, cell => {
      cell.sessions += 1;
    });
    for (const prompt of facts.prompts)
      this.#count(facts, prompt.at, prompt, cell => {
        cell.prompts += 1;
        if (isPerson(prompt.userId)) cell.people.add(prompt.userId);
      });
    for (const turn of facts.turns) this.#addTurn(facts, turn);
    for (const change of facts.changes) this.#addChange(facts, change);
  }

  #addTurn(facts: SessionFacts, turn: TurnFact): void {
    this.#count(facts, turn.startedAt, turn, cell => {
      cell.turns += 1;
    });
    const cost = turn.end?.costUsd;
    if (turn.end && cost !== null && cost !== undefined)
      this.#count(facts, turn.end.at, turn, cell => {
        cell.microUsd += microUsd(cost);
      });
  }

  #addChange(facts: SessionFacts, { mergedAt, author, openedIn }: ChangeFact): void {
    if (mergedAt === null) return;
    const agent = facts.turns.find(({ turnId }) => turnId === openedIn)?.agent ?? null;
    this.#count(facts, mergedAt, { userId: author.userId, client: facts.origin, agent }, cell => {
      cell.merged += 1;
    });
  }

  #count({ repo }: SessionFacts, at: string, whose: Whose, add: (cell: Cell) => void): void {
    const { inPeriod, every } = this.#options;
    if (!inPeriod(at)) return;
    add(this.#all);
    const bucket = bucketOf(at, every);
    const ofBucket = this.#overTime.get(bucket) ?? new Map<string | null, Cell>();
    this.#overTime.set(bucket, ofBucket);
    for (const group of this.#groupsOf(repo, whose)) {
      for (const cells of [this.#groups, ofBucket]) {
        const cell = cells.get(group) ?? emptyCell();
        cells.set(group, cell);
        add(cell);
      }
    }
  }

  #groupsOf(repo: string | null, { userId, client, agent }: Whose): readonly (string | null)[] {
    const { groupBy, teamsOf } = this.#options;
    if (groupBy === 'client') return [client];
    if (groupBy === 'repo') return [repo];
    if (groupBy === 'agent') return [agent];
    const teams = teamsOf(userId);
    return teams.length === 0 ? [null] : teams;
  }

  get all(): Use {
    return figuresOf(this.#all);
  }

  get groups(): UseOfGroup[] {
    return rowsOf(this.#groups);
  }

  get overTime(): UseOverTime[] {
    return [...this.#overTime]
      .toSorted(([one], [other]) => one.localeCompare(other))
      .flatMap(([at, cells]) => rowsOf(cells).map(row => ({ at, ...row })));
  }
}

const emptyCell = (): Cell => ({
  prompts: 0,
  people: new Set(),
  sessions: 0,
  turns: 0,
  merged: 0,
  microUsd: 0,
});

const figuresOf = ({ people, microUsd: micro, ...cell }: Cell): Use => ({
  ...cell,
  people: people.size,
  costUsd: toUsd(micro),
});

/** By name, those without one last. */
const rowsOf = (cells: Map<string | null, Cell>): UseOfGroup[] =>
  [...cells]
    .map(([group, cell]) => ({ group, ...figuresOf(cell) }))
    .toSorted((one, other) =>
      one.group === null || other.group === null
        ? Number(one.group === null) - Number(other.group === null)
        : one.group.localeCompare(other.group),
    );
