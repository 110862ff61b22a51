import { join } from 'node:path';
import { DeckhandError } from '@deckhand/shared';
import type { Logger } from 'pino';
import { orAbort } from '../../platform/orAbort.ts';
import { timeLimit } from '../../platform/timeLimit.ts';
import type { Store } from '../store/store.ts';
import { type FoundPage, findSessions, type Wanted } from './findSessions.ts';
import { IndexFile } from './indexFile.ts';
import { IndexKeeper } from './indexKeeper.ts';

export type SessionIndex = {
  /** What the last answer of `repos` stood on, or newer. */
  find(wanted: Wanted): Promise<FoundPage>;
  /**
   * Repositories that sessions are on, in the catalog or not, once everything that was written before is known, or all but the
   * newest where that takes too long. Rejects with `store_down` while nothing is known yet.
   */
  repos(orgId: string): Promise<string[]>;
  /** For good; what is still in Redis or an archive is read anew. */
  erase(sessionId: string): void;
  close(): Promise<void>;
};

/** Who asks would rather be told than wait. */
const patienceMs = 5_000;

/**
 * Lists and searches sessions, hot and hibernated alike, from a file of this server's own. Each server of a deployment keeps
 * one, and hears from Redis what the others write.
 */
export function openSessionIndex(options: {
  dataDir: string;
  store: Store;
  subscriber: Store;
  orgId: string;
  log: Logger;
}): SessionIndex {
  const { dataDir, ...rest } = options;
  const file = new IndexFile(join(dataDir, 'sessions.sqlite'));
  const keeper = new IndexKeeper({ ...rest, file });
  const fresh = async () => {
    using limit = timeLimit(patienceMs);
    await orAbort(keeper.fresh(), limit.signal).catch(error => {
      if (!limit.isLate()) throw error;
      // As it was a moment ago is better than nothing.
      if (keeper.hasCompared) return;
      throw new DeckhandError('store_down', 'Sessions are not listed yet. Try again in a moment.');
    });
  };
  return {
    async repos(orgId) {
      await fresh();
      return file.repos(orgId);
    },
    async find(wanted) {
      const page = await findSessions(file, wanted);
      return { ...page, partial: page.partial || (wanted.q !== undefined && keeper.isBehind) };
    },
    erase: sessionId => keeper.erase(sessionId),
    async close() {
      await keeper.close();
      file.close();
    },
  };
}
