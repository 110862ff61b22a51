import {
  type Attachment,
  failure,
  newId,
  type Origin,
  type PromptMode,
  type PromptWhen,
  type Result,
  type ThreadKey,
} from '@deckhand/shared';
import type { Acting } from '../identity/acting.ts';
import { readField } from '../sessions/archive/hotOrCold.ts';
import { createAs } from '../sessions/create.ts';
import { appendPrompt, noSession, type Queued } from '../sessions/queue/inbox.ts';
import { part } from '../sessions/store/keys.ts';
import { type Meta, readMeta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import { forgetShownIn, noteShownIn } from './newsSet.ts';
import { replaceSession, threadKey } from './relayLease.ts';
import { touchThread } from './threads.ts';

export type ThreadPrompt = {
  requestId: string;
  text: string;
  files: Attachment[];
  model?: string | undefined;
  when?: PromptWhen | undefined;
  mode?: PromptMode | undefined;
  agent?: string | undefined;
  acting: Acting;
  /** The account that wrote it there. */
  writtenBy: string;
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
  if (before && meta?.state === 'archived') {
    // It was asked there: told again, late, it begins nothing anew.
    if (await wasAsked(store, before, first)) return failure('request_conflict', 'This was asked before.');
    await replaceSession(store, thread, { from: before, to: newId('session') });
    await forgetShownIn(store, [before]);
  } else if (!before) await store.hsetnx(key, 'sessionId', newId('session'));
  const sessionId = await store.hget(key, 'sessionId');
  if (!sessionId) return failure('internal', 'The thread was forgotten meanwhile.');
  await noteShownIn(store, [{ sessionId, thread }]);
  const { author, actor } = first.acting;
  const { orgId, repo, origin, warmupId } = wanted;
  // What the first prompt of a thread chose is for all of it.
  const { model } = first;
  const title = wanted.title ?? first.text;
  const made = await createAs(store, sessionId, {
    orgId,
    author,
    actor,
    repo,
    title,
    origin,
    warmupId,
    model,
  });
  return made.ok ? { ok: true, sessionId, created: made.created } : made;
}

async function wasAsked(store: Store, sessionId: string, prompt: ThreadPrompt): Promise<boolean> {
  const { acting, writtenBy, requestId } = prompt;
  for (const name of [acting.author.userId, writtenBy])
    if ((await readField(store, sessionId, part.requests, `${name}|${requestId}`)) !== null) return true;
  return false;
}

export async function sendFromThread(
  store: Store,
  thread: ThreadKey,
  sessionId: string,
  prompt: ThreadPrompt,
): Promise<Result<Queued & { meta: Meta }>> {
  const { requestId, text, files, acting, writtenBy, model, when, mode, agent } = prompt;
  const { author, actor } = acting;
  const queued = await appendPrompt(store, sessionId, {
    author,
    actor,
    requestId,
    text,
    attachments: files,
    model,
    when,
    mode,
    agent,
    writtenBy,
  });
  if (!queued.ok) return queued;
  await touchThread(store, thread);
  const meta = await readMeta(store, sessionId);
  return meta ? { ...queued, meta } : noSession(sessionId);
}
