import { type Outcome, startOf } from '@deckhand/shared';
import {
  type AttemptGroup,
  type AttemptRecord,
  changeAttempts,
  indexReady,
  leaveAttempts,
} from '../../sessions/attempts/attemptRecords.ts';
import { headAt } from '../../sessions/log/headsAt.ts';
import { appendPrompt } from '../../sessions/queue/inbox.ts';
import { readRunIds } from '../../sessions/run/runState.ts';
import { part, sessionKey } from '../../sessions/store/keys.ts';
import { type Meta, readMeta } from '../../sessions/store/meta.ts';
import { beginAttempt } from './begin.ts';
import { type AttemptsDeps, actorOf, reviewer } from './deps.ts';
import { turnsOf } from './evidence.ts';
import { wordsOf } from './score.ts';
import { comparedOf } from './shown.ts';

/** What is to be done next with attempts that run: begin them, have them reviewed, say that all ended. */
export async function advanceGroup(deps: AttemptsDeps, parent: Meta, group: AttemptGroup): Promise<void> {
  if (group.state !== 'working') return;
  const { groupId } = group;
  const place = { sessionId: parent.id, groupId };
  const changes = new Map<number, Partial<AttemptRecord>>();
  for (const attempt of group.attempts) {
    const change = await next(deps, parent, { group, attempt });
    if (change) changes.set(attempt.n, change);
  }
  const after =
    changes.size === 0
      ? group
      : await changeAttempts(deps.store, place, now => ({
          group: { ...now, attempts: now.attempts.map(each => ({ ...each, ...changes.get(each.n) })) },
        }));
  if (after?.state !== 'working' || after.attempts.some(({ ended }) => ended === undefined)) return;
  await tellEnd(deps, parent, after);
}

async function next(
  deps: AttemptsDeps,
  parent: Meta,
  { group, attempt }: { group: AttemptGroup; attempt: AttemptRecord },
): Promise<Partial<AttemptRecord> | null> {
  if (attempt.ended !== undefined) return null;
  if (!attempt.begun) {
    if (group.stopping && !(await readMeta(deps.store, attempt.childId))) return { ended: 'stopped' };
    const begun = await beginAttempt(deps, parent, { group, attempt });
    return begun.ok ? { begun: true } : { ended: 'failed', refused: begun.message };
  }
  const child = await readMeta(deps.store, attempt.childId);
  if (!child) return { ended: 'failed', refused: 'Its session is gone.' };
  if (!(await rests(deps, child))) return null;
  const { work, review } = await turnsOf(deps, child);
  // Nothing ran: its prompt was taken back.
  if (!work) return { ended: 'stopped' };
  // It goes on with the answer, of a person or of whoever asked for the attempts.
  if (work.outcome === 'asked' && !group.stopping) return null;
  const isReviewed = review !== null && review.n > work.n;
  if (!(await wantsReview(deps, child, { group, outcome: work.outcome })) || isReviewed || attempt.reviewing)
    // A review that was asked for and is not there was cancelled.
    return { ended: work.outcome };
  const asked = await appendPrompt(deps.store, child.id, {
    ...{
      requestId: `review-${group.groupId}-${attempt.n}`,
      agent: reviewer,
      attachments: [],
      text: reviewText(group),
    },
    ...{ author: group.author, actor: actorOf(group.author) },
  });
  if (!asked.ok) return { ended: work.outcome };
  await deps.wake(child.id);
  return { reviewing: true };
}

/** The queue first: what leaves it meanwhile is seen as a turn. */
const rests = async ({ store }: AttemptsDeps, { id }: Meta): Promise<boolean> =>
  (await store.llen(sessionKey(id, part.inbox))) === 0 && (await readRunIds(store, id)).turnId === null;

async function wantsReview(
  deps: AttemptsDeps,
  child: Meta,
  { group, outcome }: { group: AttemptGroup; outcome: Outcome },
): Promise<boolean> {
  if (!group.review || group.stopping || outcome !== 'done') return false;
  if ((await headAt(deps.store, child.id, child.last)).files.length === 0) return false;
  return deps.hasReviewer({ orgId: child.orgId, userId: group.author.userId, repoId: child.repo });
}

const reviewText = ({ text }: AttemptGroup) =>
  `Review all that this session changed against its base. It is one of several attempts at the same prompt, and will be compared with the others. Answer with what is wrong alone, one finding a line that begins with "- " and names file and line as path:line; where nothing is wrong, say so in one sentence. What was asked:\n\n${startOf(text, 4_000)}`;

async function tellEnd(deps: AttemptsDeps, parent: Meta, group: AttemptGroup): Promise<void> {
  const { groupId } = group;
  const compared = await comparedOf(deps, parent.id, group);
  const takeable = compared.some(({ rank }) => rank !== null);
  const state = takeable ? 'ready' : group.stopping ? 'stopped' : 'failed';
  const place = (rank: number | null) => rank ?? Number.MAX_SAFE_INTEGER;
  const attempts = compared
    .toSorted((a, b) => place(a.rank) - place(b.rank) || a.n - b.n)
    .map(({ n, label, evidence }) => {
      const record = group.attempts.find(each => each.n === n);
      const words = record?.refused ?? (evidence ? wordsOf(evidence).join('; ') : 'Nothing is known of it');
      const outcome = record?.ended ?? 'failed';
      return { n, childId: record?.childId ?? '', label, outcome, words: startOf(words, 1_000) };
    });
  if (state === 'ready') await indexReady(deps.store, parent.id, groupId);
  await changeAttempts(deps.store, { sessionId: parent.id, groupId }, now =>
    now.state === 'working'
      ? {
          group: { ...now, state },
          events: [{ type: 'attempts.ended', actor: { kind: 'system' }, data: { groupId, state, attempts } }],
        }
      : null,
  );
  await leaveAttempts(deps.store, parent.id, groupId);
}
