import type { Actor } from '@deckhand/shared';
import type { EventDraft, Op } from '../store/commit.ts';
import { part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/** That what waits runs again, as part of a write. */
export const released = (actor: Actor): { ops: Op[]; events: EventDraft[] } => ({
  ops: [['HDEL', part.meta, 'queueHeld']],
  events: [{ type: 'queue.released', actor, data: {} }],
});

export const isQueueHeld = async (store: Store, sessionId: string): Promise<boolean> =>
  (await store.hexists(sessionKey(sessionId, part.meta), 'queueHeld')) === 1;
