import { Author, ChangeChecks, ChangeReviews, ChangeState } from '@deckhand/shared';
import { z } from 'zod';
import { readField, readHash } from './archive/hotOrCold.ts';
import { restoreSession } from './archive/restore.ts';
import { type Check, commit, type EventDraft, type Op } from './store/commit.ts';
import { orgKeys, part, sessionKey } from './store/keys.ts';
import { Branch, branchName, type Meta } from './store/meta.ts';
import type { Store } from './store/store.ts';
import { checksOf, conditionOf } from './transitions.ts';

/** Somebody on the host who waits for an answer to a prompt that they made there. */
export const Reply = z.object({
  /** Of the prompt, and whose it is. */
  requestId: z.string(),
  userId: z.string(),
  /** The remark on a line of the diff that is answered in its thread; null: below the pull request. */
  lineId: z.number().nullable(),
});
export type Reply = z.infer<typeof Reply>;

/** One branch of a session that was pushed, and its pull request where its host has such. */
export const Change = z.object({
  changeId: z.string(),
  k: z.number(),
  branch: z.string(),
  /** Branch that it is to be merged into. */
  base: z.string(),
  /** The change that it stands on: once that is merged, it is to be merged where that one was. */
  on: z.string().optional(),
  /** It is one of several that stand on each other, the `at`th of these titles from below. */
  stack: z.object({ at: z.number(), titles: z.array(z.string()) }).optional(),
  /** Who opened it or is to: the first whose work was pushed. */
  author: Author,
  /** Everybody who asked for some of it. */
  asked: z.array(Author),
  state: ChangeState,
  waits: z.string().optional(),
  /** Of the pull request; of the branch where there is none. */
  url: z.string(),
  number: z.number().optional(),
  /** The App opened it, in nobody's name. */
  byApp: z.boolean().optional(),
  title: z.string(),
  body: z.string(),
  draft: z.boolean(),
  /** What we pushed last. */
  pushedSha: z.string(),
  reviews: ChangeReviews.optional(),
  checks: ChangeChecks.optional(),
  /** It cannot be merged as it is: the base branch went another way. */
  conflicts: z.boolean().optional(),
  /** `byApp`: the commit whose approval GitHub was told of last, and who approved it. */
  approval: z.object({ sha: z.string(), by: z.string().nullable() }).optional(),
  /** Pictures of elements before and after it, by `before-…` and `after-…`: the newest artifacts so called. */
  screenshots: z.record(z.string(), z.string()).optional(),
  /** Those of them that stand in the pull request's body, and how. */
  pictures: z.object({ key: z.string(), text: z.string() }).optional(),
  replies: z.array(Reply),
  /** Prompts that failed checks and conflicts made by themselves. */
  repairs: z.number(),
});
export type Change = z.infer<typeof Change>;

/** A change and its text in the store, which a writer compares: nobody overwrites what they have not read. */
export type KeptChange = { change: Change; kept: string };

const parse = (kept: string): KeptChange => ({ change: Change.parse(JSON.parse(kept)), kept });

export async function readChange(
  store: Store,
  sessionId: string,
  changeId: string | undefined,
): Promise<KeptChange | null> {
  const kept = changeId ? await readField(store, sessionId, part.changes, changeId) : null;
  return kept ? parse(kept) : null;
}

export async function readChanges(store: Store, sessionId: string): Promise<KeptChange[]> {
  const all = await readHash(store, sessionId, part.changes);
  return Object.values(all)
    .map(parse)
    .sort((a, b) => a.change.k - b.change.k);
}

/** What it takes to write a change: the one that was read (null: there is none yet) and the one that is to be. */
export function changeWrite(
  before: KeptChange | null,
  after: Change,
): { checks: Check[]; ops: Op[]; kept: KeptChange } {
  const kept = JSON.stringify(after);
  return {
    checks: conditionOf('the change', { change: [after.changeId, before?.kept ?? false] }),
    ops: [['HSET', part.changes, after.changeId, kept]],
    kept: { change: after, kept },
  };
}

/** Writes what happened to a change outside a turn. Null where somebody else wrote meanwhile: look again. */
export async function saveChange(
  store: Store,
  meta: Meta,
  { before, after, events }: { before: KeptChange; after: Change; events: EventDraft[] },
): Promise<KeptChange | null> {
  await restoreSession(store, meta.id);
  const { checks, ops, kept } = changeWrite(before, after);
  const next = isOver(after) && !isOver(before.change) ? await branchAfter(store, meta, after) : null;
  const done = await commit(store, meta.id, {
    checks: [...checksOf('change.noted'), ...checks, ...(next?.checks ?? [])],
    ops: [...ops, ...(next?.ops ?? [])],
    events,
  });
  return done.ok ? kept : null;
}

export const isOver = ({ state }: Change): boolean => state === 'merged' || state === 'closed';

/** Work after a change that is over goes to another branch, unless a rewind has seen to that already. */
async function branchAfter(
  store: Store,
  meta: Meta,
  { changeId, k, state, pushedSha }: Change,
): Promise<{ checks: Check[]; ops: Op[] } | null> {
  const kept = await store.hget(sessionKey(meta.id, part.meta), 'branchState');
  const branch = kept ? Branch.parse(JSON.parse(kept)) : null;
  if (branch?.changeId !== changeId || !kept) return null;
  const next: Branch = {
    k: k + 1,
    name: branchName(meta.id, k + 1),
    ...(state === 'merged' ? { mergedSha: pushedSha } : {}),
  };
  return {
    checks: conditionOf('the branch', { keptBranch: kept }),
    ops: [['HSET', part.meta, 'branchState', JSON.stringify(next)]],
  };
}

/** Changes that may still become something: looked at from time to time. `nextMs`: when to look next. */
export async function watchChange(
  store: Store,
  { sessionId, changeId, nextMs }: { sessionId: string; changeId: string; nextMs: number },
): Promise<void> {
  await store.zadd(orgKeys.liveChanges, nextMs, `${sessionId} ${changeId}`);
}

export async function unwatchChange(store: Store, sessionId: string, changeId: string): Promise<void> {
  await store.zrem(orgKeys.liveChanges, `${sessionId} ${changeId}`);
}

export async function watchedChanges(
  store: Store,
  untilMs: number,
): Promise<{ sessionId: string; changeId: string }[]> {
  const members = await store.zrangebyscore(orgKeys.liveChanges, 0, untilMs);
  return members.map(member => {
    const [sessionId = '', changeId = ''] = member.split(' ');
    return { sessionId, changeId };
  });
}

/** Which change a pull request is. `pull`: `owner/name#12`, in lower case. */
export async function indexPull(store: Store, pull: string, place: { sessionId: string; changeId: string }) {
  await store.hset(orgKeys.pulls, pull, `${place.sessionId} ${place.changeId}`);
}

export async function findByPull(
  store: Store,
  pull: string,
): Promise<{ sessionId: string; changeId: string } | null> {
  const member = await store.hget(orgKeys.pulls, pull);
  const [sessionId = '', changeId = ''] = member?.split(' ') ?? [];
  return member ? { sessionId, changeId } : null;
}
