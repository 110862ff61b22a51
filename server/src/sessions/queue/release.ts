import { type Actor, failure, type Result } from '@deckhand/shared';
import { restoreSession } from '../archive/restore.ts';
import { commit } from '../store/commit.ts';
import { orgKeys } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf } from '../transitions.ts';
import { released } from './held.ts';
import { cancelPrompt, noSession, waitingIds } from './inbox.ts';

/** What a stop held runs again; nothing where nothing is held. Wake the session afterwards. */
export async function releaseQueue(store: Store, sessionId: string, actor: Actor): Promise<Result> {
  const meta = await readMeta(store, sessionId);
  if (!meta) return noSession(sessionId);
  if (!meta.queueHeld) return { ok: true };
  await restoreSession(store, sessionId);
  await store.sadd(orgKeys.open, sessionId);
  const done = await commit(store, sessionId, { checks: checksOf('queue.released'), ...released(actor) });
  return done.ok ? { ok: true } : failure('bad_request', 'This session is archived.');
}

/**
 * Cancels what a stop held, and what came meanwhile waits no longer. Whoever dies in between leaves the rest held, where
 * everybody sees it.
 */
export async function clearQueue(store: Store, sessionId: string, actor: Actor): Promise<Result> {
  // One that its author cancelled meanwhile is gone as well.
  for (const promptId of await waitingIds(store, sessionId))
    await cancelPrompt(store, sessionId, { promptId, actor });
  return releaseQueue(store, sessionId, actor);
}
