import { knownEvent } from '@deckhand/shared';
import { readBlob } from '../../platform/blobs.ts';
import { readHash } from '../archive/hotOrCold.ts';
import { readAfter } from '../log/log.ts';
import { artifactBlob, bundleFolder, orgKeys, part } from '../store/keys.ts';
import { type Meta, readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { isArchived } from '../transitions.ts';
import { attachmentBlob, dropAttachment } from './attachmentHolds.ts';
import { everySession } from './everySession.ts';
import { retention, trashOf } from './table.ts';

/** A fork that is being made when its source retires is a session by then, or never will be. */
const announcedMs = 2 * 3_600_000;
const gone = 'gone';

/** Whether a session was archived for so long that what it kept beside its log is gone, or is about to go. */
export const isRetired = async (store: Store, sessionId: string): Promise<boolean> =>
  (await store.hexists(orgKeys.retired, sessionId)) === 1;

/**
 * Takes out of the way what archived sessions kept beside their logs, in two rounds: the first announces it, so that no
 * fork begins any more; the second looks again and does it. Answers the keys.
 */
export async function retireSessions(
  store: Store,
  nowMs: number,
  orgIds: readonly string[],
): Promise<string[]> {
  const swept: string[] = [];
  const forks = await notedForks(store);
  for await (const sessionId of everySession(store, orgIds)) {
    const announced = await store.hget(orgKeys.retired, sessionId);
    if (announced === gone) continue;
    if (!(await isOver(store, { sessionId, forks, nowMs }))) {
      if (announced) await store.hdel(orgKeys.retired, sessionId);
    } else if (!announced) await store.hset(orgKeys.retired, sessionId, String(nowMs));
    else if (nowMs - Number(announced) >= announcedMs) {
      swept.push(...(await retire(store, sessionId)));
      await store.hset(orgKeys.retired, sessionId, gone);
    }
  }
  return swept;
}

/** It and all that was forked from it are archived, and nothing happened there for long. */
async function isOver(
  store: Store,
  { sessionId, forks, nowMs }: { sessionId: string; forks: Forks; nowMs: number },
): Promise<boolean> {
  const looked = new Set<string>();
  for (const open = [sessionId]; open.length > 0; ) {
    const id = open.pop() ?? '';
    if (looked.has(id)) continue;
    looked.add(id);
    const meta = await readMeta(store, id);
    // A fork that was never born needs nothing.
    if (!meta && id !== sessionId) continue;
    if (!meta || !isLongArchived(meta, nowMs)) return false;
    open.push(...(forks.get(id) ?? []), ...(await toldForks(store, id)));
  }
  return true;
}

const isLongArchived = ({ state, updatedAt }: Meta, nowMs: number) =>
  isArchived(state) && nowMs - Date.parse(updatedAt) >= retention.archivedSessions.keptMs;

type Forks = ReadonlyMap<string, string[]>;

/** Each fork is noted beside its saved work before it is made. */
async function notedForks(store: Store): Promise<Forks> {
  const { blobs } = store.archives;
  const forks = new Map<string, string[]>();
  for await (const { key } of blobs.list('bundles')) {
    const [, fork = '', name] = key.split('/');
    if (name !== 'forked-from') continue;
    const source = (await readBlob(blobs, key))?.toString('utf8') ?? '';
    forks.set(source, [...(forks.get(source) ?? []), fork]);
  }
  return forks;
}

/** As the source answered those who asked for them: versions before noted none. */
async function toldForks(store: Store, sessionId: string): Promise<string[]> {
  const requests = await readHash(store, sessionId, part.requests);
  return Object.entries(requests).flatMap(([field, text]) => {
    if (!field.includes('|fork|')) return [];
    const { sessionId: forkId } = JSON.parse(text) as { sessionId?: string };
    return forkId ?? [];
  });
}

/** What dies half-way is done by the next round: each thing moves once, and what is gone is passed over. */
async function retire(store: Store, sessionId: string): Promise<string[]> {
  const { blobs } = store.archives;
  const { attachmentIds, source } = await readLeft(store, sessionId);
  const keys: string[] = [];
  for (const id of attachmentIds)
    if (await dropAttachment(store, id, sessionId)) keys.push(attachmentBlob(id));
  // What a fork took along is its source's.
  const theirs = source ? await readHash(store, source, part.artifacts) : {};
  const artifacts = await readHash(store, sessionId, part.artifacts);
  keys.push(
    ...Object.keys(artifacts)
      .filter(id => !(id in theirs))
      .map(artifactBlob),
  );
  for await (const { key } of blobs.list(bundleFolder(sessionId))) keys.push(key);
  for (const key of keys) await blobs.move(key, trashOf(key));
  return keys;
}

/** Attachments that a session's prompts came with, and the session that it was forked from. */
export async function readLeft(
  store: Store,
  sessionId: string,
): Promise<{ attachmentIds: Set<string>; source: string | null }> {
  const attachmentIds = new Set<string>();
  let source: string | null = null;
  for (let after = 0, more = true; more; ) {
    const page = await readAfter(store, sessionId, { after, limit: 500 });
    for (const event of page.events.map(envelope => knownEvent(envelope))) {
      if (event?.type === 'session.forked' && event.data.from) source = event.data.from;
      if (event?.type === 'prompt.queued')
        for (const { attachmentId } of event.data.attachments) attachmentIds.add(attachmentId);
    }
    ({ last: after, more } = page);
  }
  return { attachmentIds, source };
}
