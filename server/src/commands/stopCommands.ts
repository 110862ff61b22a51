import type { Act } from '../identity/acting.ts';
import { clearQueue, releaseQueue } from '../sessions/queue/release.ts';
import { requestStop } from '../sessions/queue/stop.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Attempts } from '../tasks/attempts/attempts.ts';
import type { Handlers } from './handlers.ts';
import type { Visible } from './visible.ts';

type StopDeps = { store: Store; wake: Wake; act: Act; visible: Visible; attempts: Attempts };

/** A turn ends before it is done, and what becomes of the prompts behind it. */
export function stopCommands({
  store,
  wake,
  act,
  visible,
  attempts,
}: StopDeps): Pick<Handlers, 'turn.stop' | 'queue.release'> {
  return {
    async 'turn.stop'(who, { sessionId, turnId, queue, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const { actor } = acting;
      const seen = await visible.session(acting.whose, sessionId);
      if (!seen.ok) return seen;
      const stopped = await requestStop(store, sessionId, turnId, { actor, queue });
      if (!stopped.ok && turnId === undefined && (await attempts.stop(sessionId, undefined)).ok)
        return { ok: true };
      if (!stopped.ok) return stopped;
      if (queue === 'clear') await clearQueue(store, sessionId, actor);
      if (stopped.goesOn || queue === 'clear') await wake(sessionId);
      return { ok: true, turnId: stopped.turnId };
    },

    async 'queue.release'(who, { sessionId, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.session(acting.whose, sessionId);
      if (!seen.ok) return seen;
      const done = await releaseQueue(store, sessionId, acting.actor);
      // Said again, it wakes too: the first may have died before it did.
      if (done.ok) await wake(sessionId);
      return done;
    },
  };
}
