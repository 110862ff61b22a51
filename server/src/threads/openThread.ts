import { type Attachment, failure, newId, type Origin, type Result, type ThreadKey } from '@deckhand/shared';
import type { Acting } from '../identity/acting.ts';
import { createAs } from '../sessions/create.ts';
import { appendPrompt, noSession, type Queued } from '../sessions/queue/inbox.ts';
import { type Meta, readMeta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import { replaceSession, threadKey } from './relayLease.ts';
import { touchThread } from './threads.ts';

export type ThreadPrompt = {
  requestId: string;
  text: string;
  files: Attachment[];
  acting: Acting;
};

export type NewSession = {
  orgId: string;
  repo: string;
  origin: Origin;
  title?: string | undefined;
  warmupId?: string | undefined;
};

/** The session that a thread shows; null where it has none yet, or its session is archived. */
export async function sessionOf(store: Store, thread: ThreadKey): Promise<Meta | null> {
  const sessionId = await store.hget(threadKey(thread), 'sessionId');
  const meta = sessionId ? await readMeta(store, sessionId) : null;
  return meta && meta.state !== 'archived' ? meta : null;
}

/**
 * The session of a thread, made where there is none: the id is bound to the thread first, so that any number of
 * prompts that come at once, and any retry after a crash, find the same one.
 */
export async function makeSession(
  store: Store,
  thread: ThreadKey,
  first: ThreadPrompt,
  wanted: NewSession,
): Promise<Result<{ sessionId: string; created: boolean }>> {
  const key = threadKey(thread);
  await touchThread(store, thread);
  const before = await store.hget(key, 'sessionId');
  const meta = before ? await readMeta(store, before) : null;
  if (before && meta?.state === 'archived')
    await replaceSession(store, thread, { from: before, to: newId('session') });
  else if (!before) await store.hsetnx(key, 'sessionId', newId('session'));
  const sessionId = await store.hget(key, 'sessionId');
  if (!sessionId) return failure('internal', 'The thread was forgotten meanwhile.');
  const { author, actor } = first.acting;
  const { orgId, repo, origin, warmupId } = wanted;
  const title = wanted.title ?? first.text;
  const made = await createAs(store, sessionId, { orgId, author, actor, repo, title, origin, warmupId });
  return made.ok ? { ok: true, sessionId, created: made.created } : made;
}

export async function sendFromThread(
  store: Store,
  thread: ThreadKey,
  sessionId: string,
  prompt: ThreadPrompt,
): Promise<Result<Queued & { meta: Meta }>> {
  const { requestId, text, files, acting } = prompt;
  const { author, actor } = acting;
  const queued = await appendPrompt(store, sessionId, { author, actor, requestId, text, attachments: files });
  if (!queued.ok) return queued;
  await touchThread(store, thread);
  const meta = await readMeta(store, sessionId);
  return meta ? { ...queued, meta } : noSession(sessionId);
}
