import { z } from 'zod';
import { GithubCheck } from './githubCheck.ts';
import { http } from './httpForm.ts';
import { Stats, StatsNow, StatsQuery } from './stats.ts';

/** What those ask who run this server, or look at how it does. Part of the one table of commands. */
export const operatorCommands = {
  /** What happened, counted; server/STATS.md says what each number means. The same as CSV: `GET /api/stats.csv`. */
  stats: { input: StatsQuery, output: Stats, http: http('GET', '/stats'), socket: false },
  'stats.now': {
    input: z.object({ repo: z.string().optional() }),
    output: StatsNow,
    http: http('GET', '/stats/now'),
    socket: false,
  },
  /** How GitHub is set up, and what is missing; for admins. */
  'github.check': {
    input: z.object({}),
    output: GithubCheck,
    http: http('GET', '/github/check'),
    socket: false,
  },
} as const;
