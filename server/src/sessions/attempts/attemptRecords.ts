import { Attachment, Author, Outcome } from '@deckhand/shared';
import { z } from 'zod';
import { readField, readHash } from '../archive/hotOrCold.ts';
import { restoreSession } from '../archive/restore.ts';
import { commit, type EventDraft, type Op } from '../store/commit.ts';
import { checkedField, orgKeys, part } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { checksOf } from '../transitions.ts';

/** One of several attempts at a prompt. */
export const AttemptRecord = z.object({
  n: z.number(),
  /** Reserved with the group: begun again it is the same session. */
  childId: z.string(),
  label: z.string(),
  model: z.string().optional(),
  agent: z.string().optional(),
  temperature: z.number().optional(),
  /** All of that as people read it. */
  madeWith: z.string().optional(),
  /** Its session is there and was prompted. */
  begun: z.boolean(),
  /** It could not be begun, for this reason. */
  refused: z.string().optional(),
  /** The reviewer was asked. */
  reviewing: z.boolean(),
  /** How it ended; nothing more comes of it by itself. */
  ended: Outcome.optional(),
});
export type AttemptRecord = z.infer<typeof AttemptRecord>;

/** Attempts at one prompt. */
export const AttemptGroup = z.object({
  groupId: z.string(),
  requestId: z.string(),
  author: Author,
  text: z.string(),
  attachments: z.array(Attachment),
  review: z.boolean(),
  startedAtMs: z.number(),
  /** Where the session stood: what is taken stands on that. */
  turnHead: z.string().nullable(),
  /** The commit that they begin from, where it is known already. */
  before: z.string().nullable(),
  state: z.enum(['working', 'ready', 'taken', 'failed', 'stopped']),
  /** Somebody wants them to stop. */
  stopping: z.boolean(),
  taken: z.object({ n: z.number(), by: Author, atMs: z.number(), words: z.string() }).optional(),
  /** The prompt by which what was taken leaves. */
  promptId: z.string().optional(),
  attempts: z.array(AttemptRecord),
});
export type AttemptGroup = z.infer<typeof AttemptGroup>;

type Kept = { group: AttemptGroup; text: string };
const keptOf = (text: string): Kept => ({ group: AttemptGroup.parse(JSON.parse(text)), text });

export async function readAttempts(store: Store, sessionId: string, groupId: string): Promise<Kept | null> {
  const text = await readField(store, sessionId, part.attempts, groupId);
  return text === null ? null : keptOf(text);
}

/** Newest first. */
export async function readAllAttempts(store: Store, sessionId: string): Promise<Kept[]> {
  const { [checkedField]: _, ...texts } = await readHash(store, sessionId, part.attempts);
  return Object.values(texts)
    .map(keptOf)
    .toSorted((a, b) => b.group.startedAtMs - a.group.startedAtMs);
}

/** For the write that holds the group as it is then. */
export const attemptsOp = (group: AttemptGroup): Op => [
  'HSET',
  part.attempts,
  group.groupId,
  JSON.stringify(group),
];

const member = (sessionId: string, groupId: string) => `${sessionId} ${groupId}`;

/** Before a group is written: whatever dies afterwards, the sweep goes on with it. */
export const indexAttempts = (store: Store, sessionId: string, groupId: string) =>
  store.sadd(orgKeys.attempts, member(sessionId, groupId));
export const leaveAttempts = (store: Store, sessionId: string, groupId: string) =>
  store.srem(orgKeys.attempts, member(sessionId, groupId));

/** Sessions in which one may be taken: they need somebody. */
export const indexReady = (store: Store, sessionId: string, groupId: string) =>
  store.sadd(orgKeys.readyAttempts, member(sessionId, groupId));
export const leaveReady = (store: Store, sessionId: string, groupId: string) =>
  store.srem(orgKeys.readyAttempts, member(sessionId, groupId));

/** Groups of which something is still to be done. */
export async function openAttempts(store: Store): Promise<{ sessionId: string; groupId: string }[]> {
  const members = await store.smembers(orgKeys.attempts);
  return members.flatMap(text => {
    const [sessionId, groupId] = text.split(' ');
    return sessionId && groupId ? [{ sessionId, groupId }] : [];
  });
}

const maxRaces = 50;

/**
 * Changes a group where it is as `change` saw it, else looks again; null from `change`: there is nothing to do. Answers
 * how it is afterwards; null where there is no such group, or the session takes nothing any more.
 */
export async function changeAttempts(
  store: Store,
  { sessionId, groupId }: { sessionId: string; groupId: string },
  change: (group: AttemptGroup) => { group: AttemptGroup; events?: EventDraft[] } | null,
): Promise<AttemptGroup | null> {
  await restoreSession(store, sessionId);
  for (let race = 0; race < maxRaces; race++) {
    const kept = await readAttempts(store, sessionId, groupId);
    if (!kept) return null;
    const changed = change(kept.group);
    if (!changed) return kept.group;
    const done = await commit(store, sessionId, {
      checks: checksOf('attempts.noted', { attempts: [groupId, kept.text] }),
      ops: [attemptsOp(changed.group)],
      events: changed.events ?? [],
    });
    if (done.ok) return changed.group;
    if (done.failed[0] === 'among') return null;
  }
  throw new Error(`attempts ${groupId} of ${sessionId} could not be changed`);
}
