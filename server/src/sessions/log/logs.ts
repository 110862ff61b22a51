import type { Draft, EventPage } from '@deckhand/shared';
import type { Store } from '../store/store.ts';
import { readDrafts } from './drafts.ts';
import type { Feed, Feeds } from './feed.ts';
import { readAfter, readBefore } from './log.ts';

/** Logs of sessions as whoever follows one reads them: hot or cold, pages of the past and what comes now. */
export type SessionLogs = {
  /** The session's live events and frames, until it is released. */
  watch(sessionId: string): Promise<{ feed: Feed; release: () => void }>;
  /** Events above `after`, oldest first. */
  after(sessionId: string, page: { after: number; limit: number }): Promise<EventPage>;
  /** The newest events below `before`, oldest first. */
  before(sessionId: string, page: { before: number; limit: number }): Promise<EventPage>;
  /** Unfinished texts as they are now. */
  drafts(sessionId: string): Promise<Draft[]>;
};

export const sessionLogs = (store: Store, feeds: Feeds): SessionLogs => ({
  watch: sessionId => feeds.watch(sessionId),
  after: (sessionId, page) => readAfter(store, sessionId, page),
  before: (sessionId, page) => readBefore(store, sessionId, page),
  drafts: async sessionId => (await readDrafts(store, sessionId)).drafts,
});
