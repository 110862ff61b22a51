import type { Actor, Result } from '@deckhand/shared';
import { restoreSession } from './archive/restore.ts';
import { noSession } from './queue/inbox.ts';
import { commit } from './store/commit.ts';
import { part } from './store/keys.ts';
import { readMeta } from './store/meta.ts';
import type { Store } from './store/store.ts';
import { checksOf } from './transitions.ts';

/** Gives a session another title. `instead`: only while it still has that one; what somebody else chose stays then. */
export async function renameSession(
  store: Store,
  sessionId: string,
  { title, actor, instead }: { title: string; actor: Actor; instead?: string },
): Promise<Result> {
  await restoreSession(store, sessionId);
  for (;;) {
    const meta = await readMeta(store, sessionId);
    if (!meta) return noSession(sessionId);
    if (meta.title === title || (instead !== undefined && meta.title !== instead)) return { ok: true };
    const done = await commit(store, sessionId, {
      checks: checksOf('titled', { title: meta.title }),
      ops: [['HSET', part.meta, 'title', title]],
      events: [{ type: 'session.titled', actor, data: { title } }],
    });
    if (done.ok) return { ok: true };
    // Somebody else named it meanwhile, or it is being erased.
  }
}
