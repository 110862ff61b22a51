import type { AttemptState, Evidence, ShownAttempt, ShownAttempts } from '@deckhand/shared';
import type { AttemptGroup, AttemptRecord } from '../../sessions/attempts/attemptRecords.ts';
import { type ChildRecord, readChild } from '../../sessions/children/childRecord.ts';
import type { AttemptsDeps } from './deps.ts';
import { evidenceOf } from './evidence.ts';
import type { Compared } from './report.ts';
import { compareAttempts, isTakeable, wordsOf } from './score.ts';

type Deps = Pick<AttemptsDeps, 'store' | 'costOf' | 'clock'>;

/** Each with its evidence where it ended, and its place among those that may be taken. */
export async function comparedOf(deps: Deps, parentId: string, group: AttemptGroup): Promise<Compared[]> {
  const judged = await Promise.all(
    group.attempts.map(async ({ n, label, childId, ended }) => ({
      ...{ n, label },
      evidence: ended === undefined ? null : await evidenceOf(deps, { parentId, childId }),
    })),
  );
  const places = judged
    .flatMap(({ n, evidence }) => (evidence && isTakeable(evidence) ? [{ n, evidence }] : []))
    .toSorted(compareAttempts)
    .map(({ n }) => n);
  return judged.map(each => {
    const place = places.indexOf(each.n);
    return { ...each, rank: place < 0 ? null : place + 1 };
  });
}

/** A group as people compare it. */
export async function shownOf(deps: Deps, parentId: string, group: AttemptGroup): Promise<ShownAttempts> {
  const compared = await comparedOf(deps, parentId, group);
  const { groupId, text, author, startedAtMs, state, taken } = group;
  const attempts = group.attempts.map(async (attempt, i): Promise<ShownAttempt> => {
    const known = await readChild(deps.store, parentId, attempt.childId);
    const { evidence = null, rank = null } = compared[i] ?? {};
    return shown(attempt, { record: known?.record ?? null, evidence, rank });
  });
  return {
    ...{ groupId, author, state, title: text.trim().split('\n')[0]?.slice(0, 200) ?? '' },
    startedAt: new Date(startedAtMs).toISOString(),
    ...(taken ? { taken: { n: taken.n, by: taken.by, at: new Date(taken.atMs).toISOString() } } : {}),
    attempts: await Promise.all(attempts),
  };
}

function shown(
  attempt: AttemptRecord,
  { record, evidence, rank }: { record: ChildRecord | null; evidence: Evidence | null; rank: number | null },
): ShownAttempt {
  const { n, childId, label, refused } = attempt;
  const why = refused ?? record?.why ?? record?.end?.question;
  const said = record?.end?.text;
  return {
    ...{ n, childId, label, state: stateOf(attempt, record), evidence, rank },
    ...(why ? { why } : {}),
    ...(said && !evidence?.review ? { said } : {}),
    words: refused ? [`It could not be begun: ${refused}`] : evidence ? wordsOf(evidence) : [],
  };
}

function stateOf({ ended, begun, reviewing }: AttemptRecord, record: ChildRecord | null): AttemptState {
  if (ended !== undefined) return 'ended';
  if (!begun) return 'begins';
  if (record?.state === 'blocked') return 'blocked';
  if (record?.state === 'ended' && record.end?.outcome === 'asked') return 'asks';
  return reviewing ? 'in review' : 'works';
}
