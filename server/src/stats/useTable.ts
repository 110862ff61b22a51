import type { StatsEvery, StatsGroup, UseOfGroup, UseOverTime } from '@deckhand/shared';
import { type AttemptFact, type ChangeFact, isPerson, type SessionFacts, type TurnFact } from './facts.ts';
import { bucketOf } from './period.ts';

type Cell = {
  prompts: number;
  people: Set<string>;
  sessions: number;
  landed: number;
  taken: number;
  turns: number;
  merged: number;
  tokens: number;
  microUsd: number;
};
type Use = Omit<UseOfGroup, 'group'>;
/** Who did something, by what. */
type Whose = { userId: string; client: string; agent: string | null; attempt: string | null };

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
    const attempt = facts.madeWith;
    const begun = { userId: first?.userId ?? '', client: facts.origin, agent: first?.agent ?? null, attempt };
    this.#count(facts, facts.begunAt, begun, cell => {
      cell.sessions += 1;
      if (facts.changes.some(({ mergedAt }) => mergedAt !== null)) cell.landed += 1;
    });
    for (const made of facts.attempts) this.#addAttempt(facts, made);
    for (const prompt of facts.prompts)
      this.#count(facts, prompt.at, { ...prompt, attempt }, cell => {
        cell.prompts += 1;
        if (isPerson(prompt.userId)) cell.people.add(prompt.userId);
      });
    for (const turn of facts.turns) this.#addTurn(facts, turn);
    for (const change of facts.changes) this.#addChange(facts, change);
  }

  /** An attempt is a session of its own, and is taken and merged in this one. */
  #addAttempt(facts: SessionFacts, { at, userId, agent, madeWith, takenAt, landedAt }: AttemptFact): void {
    this.#count(facts, at, { userId, client: facts.origin, agent, attempt: madeWith }, cell => {
      if (takenAt !== null) cell.taken += 1;
      if (landedAt !== null) cell.landed += 1;
    });
  }

  #addTurn(facts: SessionFacts, { startedAt, end, ...turn }: TurnFact): void {
    const whose = { ...turn, attempt: facts.madeWith };
    this.#count(facts, startedAt, whose, cell => {
      cell.turns += 1;
    });
    if (!end) return;
    const { usage, costUsd } = end;
    this.#count(facts, end.at, whose, cell => {
      cell.tokens += usage.inputTokens + usage.outputTokens;
      if (costUsd !== null) cell.microUsd += microUsd(costUsd);
    });
  }

  #addChange(facts: SessionFacts, { mergedAt, author, openedIn, attempt }: ChangeFact): void {
    if (mergedAt === null) return;
    const ofTurn = facts.turns.find(({ turnId }) => turnId === openedIn)?.agent ?? null;
    const by = attempt ? attempt.agent : ofTurn;
    const whose = {
      userId: author.userId,
      client: facts.origin,
      agent: by,
      attempt: attempt?.madeWith ?? null,
    };
    this.#count(facts, mergedAt, whose, cell => {
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

  #groupsOf(repo: string | null, { userId, client, agent, attempt }: Whose): readonly (string | null)[] {
    const { groupBy, teamsOf } = this.#options;
    if (groupBy === 'client') return [client];
    if (groupBy === 'repo') return [repo];
    if (groupBy === 'agent') return [agent];
    if (groupBy === 'attempt') return [attempt];
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
  landed: 0,
  taken: 0,
  turns: 0,
  merged: 0,
  tokens: 0,
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
