import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Users } from '../identity/users.ts';
import type { Repos } from '../repos/repos.ts';
import type { Store } from '../sessions/store/store.ts';
import { FactsFile } from './factsFile.ts';
import { FactsKeeper } from './factsKeeper.ts';
import { LineShares } from './lineShares.ts';
import { StatsService } from './stats.ts';

export type OpenStatsOptions = {
  dataDir: string;
  store: Store;
  orgId: string;
  repos: Repos;
  users: Users;
  clock: () => number;
  log: Logger;
};

/** Counts what happens from now on, and what happened since it last ran. */
export function openStats(options: OpenStatsOptions): { stats: StatsService; close(): Promise<void> } {
  const { dataDir, store, orgId, repos, users, clock, log } = options;
  const file = new FactsFile(join(dataDir, 'stats.sqlite'));
  const keeper = new FactsKeeper({ store, file, orgId, clock, log });
  const lines = new LineShares({ repos, file, clock, log });
  const teams = async () => new Map((await users.list()).map(user => [user.userId, user.teams]));
  return {
    stats: new StatsService({ file, keeper, lines, teams, clock }),
    async close() {
      await Promise.all([keeper.close(), lines.close()]);
      file.close();
    },
  };
}
