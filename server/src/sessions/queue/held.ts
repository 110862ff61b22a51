import type { Actor } from '@deckhand/shared';
import type { EventDraft, Op } from '../store/commit.ts';
import { part } from '../store/keys.ts';

/** That what waits runs again, as part of a write. */
export const released = (actor: Actor): { ops: Op[]; events: EventDraft[] } => ({
  ops: [['HDEL', part.meta, 'queueHeld']],
  events: [{ type: 'queue.released', actor, data: {} }],
});
