import { z } from 'zod';
import { Origin } from './session.ts';

/** What the numbers mean, one by one, stands in server/STATS.md. Times are UTC; periods are [from, to). */

const count = z.number().int().nonnegative();
const atIso = z.iso.datetime({ precision: 3 });
/** Between 0 and 1; null where there is nothing to divide by. */
const rate = z.number().min(0).max(1).nullable();
/** In whole millionths of a dollar. */
const usd = z.number().nonnegative();

export const StatsGroup = z.enum(['client', 'repo', 'team', 'agent', 'attempt']);
export type StatsGroup = z.infer<typeof StatsGroup>;
export const StatsEvery = z.enum(['day', 'week', 'month']);
export type StatsEvery = z.infer<typeof StatsEvery>;

/** A day counts from its beginning. */
const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

export const StatsQuery = z.object({
  /** The last 30 days, today among them, where absent. */
  from: moment.optional(),
  to: moment.optional(),
  groupBy: StatsGroup.default('client'),
  /** By days up to three months, by weeks up to two years, by months beyond, where absent. */
  every: StatsEvery.optional(),
  /** This repository alone. */
  repo: z.string().optional(),
});
export type StatsQuery = z.infer<typeof StatsQuery>;

const Use = z.object({
  prompts: count,
  /** Who prompted. */
  people: count,
  /** Sessions that were begun. */
  sessions: count,
  /** Those of them of which a change is merged by now; an attempt's is that of the session that it was taken in. */
  landed: count,
  /** Those of them that are attempts and are taken by now. */
  taken: count,
  turns: count,
  /** Changes that were merged. */
  merged: count,
  /** Read and written by models. */
  tokens: count,
  costUsd: usd,
});
export const UseOfGroup = Use.extend({ group: z.string().nullable() });
export type UseOfGroup = z.infer<typeof UseOfGroup>;
export const UseOverTime = UseOfGroup.extend({ at: atIso });
export type UseOverTime = z.infer<typeof UseOverTime>;

/** How much of a repository's base branch Deckhand wrote. */
export const LineShare = z.object({
  repo: z.string(),
  state: z.enum(['counting', 'counted', 'failed']),
  /** Null before the first count. */
  counted: z
    .object({
      share: rate,
      commit: z.string(),
      at: atIso,
      /** Of the files that were looked at line by line. */
      lines: count,
      deckhandLines: count,
      filesLookedAt: count,
      /** All text files of the commit; more than were looked at where they are sampled. */
      files: count,
      sampled: z.boolean(),
    })
    .nullable(),
});
export type LineShare = z.infer<typeof LineShare>;

export const Stats = z.object({
  from: atIso,
  to: atIso,
  groupBy: StatsGroup,
  every: StatsEvery,
  /** False: sessions from before are still being counted, as after an update; ask again. */
  upToDate: z.boolean(),
  /** The main number: sessions whose change was merged. */
  merged: z.object({ sessions: count, changes: count, added: count, removed: count }),
  /** Of the sessions whose first prompt came in the period: how far each got. */
  funnel: z.object({ prompted: count, started: count, changed: count, merged: count }),
  use: Use,
  firstToken: z.object({
    sessions: count,
    p50Ms: count.nullable(),
    p95Ms: count.nullable(),
  }),
  approval: z.object({ reviewed: count, approved: count, rate }),
  revisions: z.object({
    changes: count,
    total: count,
    mean: z.number().nonnegative().nullable(),
    /** How many changes had so many revisions, fewest first. */
    spread: z.array(z.object({ revisions: count, changes: count })),
  }),
  cost: z.object({
    usd,
    turns: count,
    /** Of models whose price is not known. */
    unpricedTurns: count,
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
  }),
  groups: z.array(UseOfGroup),
  /** Only where something happened, oldest first. */
  overTime: z.array(UseOverTime),
  lines: z.array(LineShare),
});
export type Stats = z.infer<typeof Stats>;

export const StatsNow = z.object({
  at: atIso,
  /** Distinct authors of prompts within the last `windowMs`. */
  peoplePrompting: count,
  windowMs: count,
});
export type StatsNow = z.infer<typeof StatsNow>;

/** The client that a prompt came through is named as a session's is. */
export const clientNames = Origin.options;
