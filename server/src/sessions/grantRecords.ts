import { type Actor, type Author, Grant, type GrantFor } from '@deckhand/shared';
import { z } from 'zod';
import { readHash } from './archive/hotOrCold.ts';
import { commit, type EventDraft, type Op } from './store/commit.ts';
import { orgKeys, part } from './store/keys.ts';
import { readMeta } from './store/meta.ts';
import type { Store } from './store/store.ts';
import { checksOf } from './transitions.ts';

/** A grant that nobody gave yet. */
export const GrantDraft = Grant.omit({ by: true, at: true });
export type GrantDraft = z.infer<typeof GrantDraft>;

type Write = { ops: Op[]; events: EventDraft[] };

/** What gives it, as part of a commit of its session. */
export function giving(grant: Grant, actor: Actor, turnId?: string): Write {
  return {
    ops: [['HSET', part.grants, grant.grantId, JSON.stringify(grant)]],
    events: [{ type: 'grant.given', actor, ...(turnId ? { turnId } : {}), data: grant }],
  };
}

export const given = (
  draft: GrantDraft,
  { by, atMs, reach = draft.for }: { by: Author; atMs: number; reach?: GrantFor },
): Grant => ({ ...draft, by, at: new Date(atMs).toISOString(), for: reach });

/** A repository's that was taken back: it is not given again by who was in the middle of that. */
const Withdrawn = z.object({ withdrawnAtMs: z.number() });
const rememberWithdrawnMs = 24 * 3_600_000;

/** Grants of the session itself. */
export async function sessionGrants(store: Store, sessionId: string): Promise<Grant[]> {
  const texts = Object.values(await readHash(store, sessionId, part.grants));
  return texts.map(text => Grant.parse(JSON.parse(text)));
}

/** Takes one of the session's own back, where it has it. */
export async function dropSessionGrant(
  store: Store,
  sessionId: string,
  { grantId, events }: { grantId: string; events: EventDraft[] },
): Promise<void> {
  const text = (await readHash(store, sessionId, part.grants))[grantId];
  await commit(store, sessionId, {
    checks: checksOf('grant.withdrawn', { grant: [grantId, text ?? false] }),
    ops: text ? [['HDEL', part.grants, grantId]] : [],
    events,
  });
}

/** Grants that count in every session on that repository. */
export async function repositoryGrants(store: Store, orgId: string, repoId: string): Promise<Grant[]> {
  const texts = await store.hvals(orgKeys.grants(orgId, repoId));
  return texts.flatMap(text => Grant.safeParse(JSON.parse(text)).data ?? []);
}

/** A commit of the session alone writes its grants; the repository's is another key, so that it is indexed first. */
export async function indexSpread(
  store: Store,
  sessionId: string,
  grantId: string,
  atMs: number,
): Promise<void> {
  await store.zadd(orgKeys.approvals, atMs, `${sessionId} ${grantId}`);
}

/**
 * Carries a repository's grant from the session in which it was given to where every session finds it. Done twice it
 * is done once; where the process dies in between, the sweep of approvals does it.
 */
export async function spreadGrant(store: Store, sessionId: string, grantId: string): Promise<void> {
  const [meta, grants] = await Promise.all([
    readMeta(store, sessionId),
    readHash(store, sessionId, part.grants),
  ]);
  const text = grants[grantId];
  if (meta?.repo && text && Grant.parse(JSON.parse(text)).for === 'repository') {
    await store.hsetnx(orgKeys.grants(meta.orgId, meta.repo), grantId, text);
    await commit(store, sessionId, {
      checks: checksOf('grant.withdrawn', { grant: [grantId, text] }),
      ops: [['HDEL', part.grants, grantId]],
    });
  }
  await store.zrem(orgKeys.approvals, `${sessionId} ${grantId}`);
}

/** Takes a repository's back, and remembers that. False where there is none. */
export async function forgetRepositoryGrant(
  store: Store,
  { orgId, repoId, grantId, nowMs }: { orgId: string; repoId: string; grantId: string; nowMs: number },
): Promise<boolean> {
  const key = orgKeys.grants(orgId, repoId);
  const all = await store.hgetall(key);
  const isThere = Grant.safeParse(JSON.parse(all[grantId] ?? 'null')).success;
  if (isThere) await store.hset(key, grantId, JSON.stringify({ withdrawnAtMs: nowMs }));
  const old = Object.keys(all).filter(id => {
    const withdrawn = Withdrawn.safeParse(JSON.parse(all[id] ?? 'null'));
    return withdrawn.success && withdrawn.data.withdrawnAtMs < nowMs - rememberWithdrawnMs;
  });
  if (old.length > 0) await store.hdel(key, ...old);
  return isThere;
}
