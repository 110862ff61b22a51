import { type Actor, type Author, failure, type Grant, limits, type Result } from '@deckhand/shared';
import {
  dropSessionGrant,
  forgetRepositoryGrant,
  type GrantDraft,
  given,
  giving,
  indexSpread,
  repositoryGrants,
  sessionGrants,
  spreadGrant,
} from '../sessions/grantRecords.ts';
import { commit } from '../sessions/store/commit.ts';
import type { Store } from '../sessions/store/store.ts';
import { checksOf } from '../sessions/transitions.ts';

/** Where a grant counts. */
export type GrantPlace = { sessionId: string; orgId: string; repoId: string | null };
type Giver = { by: Author; actor: Actor; nowMs: number; turnId?: string };

/** A repository's grant is where every session finds it at the latest so long after it was given. */
const spreadWithinMs = 60_000;

/** Gives a grant, once per grantId. Whoever calls it has checked that this person may. */
export async function giveGrant(
  store: Store,
  place: GrantPlace,
  draft: GrantDraft,
  { by, actor, nowMs, turnId }: Giver,
): Promise<Result<{ grant: Grant }>> {
  const { sessionId } = place;
  const forRepository = draft.for === 'repository';
  if (forRepository && !place.repoId) return failure('bad_request', 'This session has no repository.');
  const there = forRepository
    ? await repositoryGrants(store, place.orgId, place.repoId ?? '')
    : await sessionGrants(store, sessionId);
  const before = there.find(({ grantId }) => grantId === draft.grantId);
  if (before) return { ok: true, grant: before };
  if (there.length >= limits.grants)
    return failure('queue_full', `${there.length} grants count here already. Withdraw some first.`);
  const grant = given(draft, { by, atMs: nowMs });
  if (forRepository) await indexSpread(store, sessionId, grant.grantId, nowMs + spreadWithinMs);
  const done = await commit(store, sessionId, {
    checks: checksOf('grant.given', { grant: [grant.grantId, false] }),
    ...giving(grant, actor, turnId),
  });
  if (forRepository) await spreadGrant(store, sessionId, grant.grantId);
  // Somebody gave the same one meanwhile, or the session takes nothing any more.
  if (!done.ok && done.failed[0] !== 'field')
    return failure('not_found', 'This session is archived: it takes no grants.');
  return { ok: true, grant };
}

/** Takes a grant back, at once for every call that is judged from now on. `not_found` where it does not count (any more). */
export async function withdrawGrant(
  store: Store,
  { sessionId, orgId, repoId }: GrantPlace,
  { grantId, by, actor, nowMs, isAdmin }: Giver & { grantId: string; isAdmin: boolean },
): Promise<Result> {
  const mine = (await sessionGrants(store, sessionId)).find(grant => grant.grantId === grantId);
  const repositorys = repoId ? await repositoryGrants(store, orgId, repoId) : [];
  const found = mine ?? repositorys.find(grant => grant.grantId === grantId);
  if (!found)
    return failure('not_found', `There is no grant ${grantId} here: it was withdrawn or has expired.`);
  if (found.for === 'repository' && !isAdmin)
    return failure(
      'not_found',
      'It counts in every session on the repository: only an admin may withdraw it.',
    );
  if (found.for === 'repository' && repoId)
    await forgetRepositoryGrant(store, { orgId, repoId, grantId, nowMs });
  const event = { type: 'grant.withdrawn' as const, actor, data: { grantId, by } };
  await dropSessionGrant(store, sessionId, { grantId, events: [event] });
  return { ok: true };
}

/** All that count here now, whoever they are for; oldest first. */
export async function listGrants(
  store: Store,
  { sessionId, orgId, repoId }: GrantPlace,
  nowMs: number,
): Promise<Grant[]> {
  const [own, repositorys] = await Promise.all([
    sessionGrants(store, sessionId),
    repoId ? repositoryGrants(store, orgId, repoId) : [],
  ]);
  const all = new Map([...own, ...repositorys].map(grant => [grant.grantId, grant]));
  return [...all.values()]
    .filter(({ expiresAt }) => expiresAt === undefined || Date.parse(expiresAt) > nowMs)
    .toSorted((a, b) => a.at.localeCompare(b.at));
}

/**
 * Those that count for a turn. `authors`: everybody who prompted it; what was given to one person counts only while
 * nobody else has a say in it.
 */
export async function grantsOf(
  store: Store,
  place: GrantPlace,
  { authors, nowMs }: { authors: readonly Author[]; nowMs: number },
): Promise<Grant[]> {
  return countingFor(await listGrants(store, place, nowMs), authors);
}

/** Those of these that count for a turn of theirs. */
export const countingFor = (grants: readonly Grant[], authors: readonly Author[]): Grant[] =>
  grants.filter(
    ({ for: whose }) => typeof whose === 'string' || authors.every(({ userId }) => userId === whose.userId),
  );
