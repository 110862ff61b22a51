import { CheckResult, type Evidence, limits, startOf } from '@deckhand/shared';
import { z } from 'zod';
import { readField, readHash } from '../../sessions/archive/hotOrCold.ts';
import { readChild } from '../../sessions/children/childRecord.ts';
import { headAt } from '../../sessions/log/headsAt.ts';
import { sessionUse } from '../../sessions/run/sessionUse.ts';
import { readTurns, type TurnRecord } from '../../sessions/run/turnRecords.ts';
import { checkedField, part } from '../../sessions/store/keys.ts';
import { type Meta, readMeta } from '../../sessions/store/meta.ts';
import { type AttemptsDeps, reviewer } from './deps.ts';
import { findingsIn } from './score.ts';

/** Turns of an attempt since it was begun. */
export type AttemptTurns = { work: TurnRecord | null; review: TurnRecord | null };

export async function turnsOf({ store }: Pick<AttemptsDeps, 'store'>, child: Meta): Promise<AttemptTurns> {
  const sinceMs = Date.parse(child.createdAt);
  const own = (await readTurns(store, child.id)).filter(({ atMs }) => atMs >= sinceMs);
  const isReview = ({ agent }: TurnRecord) => agent === reviewer;
  // Asked for by name, the reviewer is who works.
  const review = own.length > 1 ? (own.findLast(isReview) ?? null) : null;
  return { work: own.findLast(turn => turn !== review) ?? null, review };
}

const ScreenshotRecord = z.object({ artifactId: z.string(), kind: z.string(), name: z.string() });

/** What there is to judge an attempt by, now. */
export async function evidenceOf(
  { store, costOf, clock }: Pick<AttemptsDeps, 'store' | 'costOf' | 'clock'>,
  { parentId, childId }: { parentId: string; childId: string },
): Promise<Evidence | null> {
  const child = await readMeta(store, childId);
  if (!child) return null;
  const [turns, use, head, checked, artifacts, known] = await Promise.all([
    turnsOf({ store }, child),
    sessionUse(store, child, { costOf, nowMs: clock() }),
    headAt(store, childId, child.last),
    readField(store, childId, part.attempts, checkedField),
    readHash(store, childId, part.artifacts),
    readChild(store, parentId, childId),
  ]);
  const { work, review } = turns;
  const said = known?.record.end?.text ?? '';
  const shots = Object.values(artifacts).flatMap(text => {
    const parsed = ScreenshotRecord.safeParse(JSON.parse(text));
    return parsed.success && /screenshot/.test(parsed.data.kind) ? [parsed.data] : [];
  });
  return {
    ...use,
    outcome: work?.outcome ?? 'stopped',
    checks: checked ? z.array(CheckResult).parse(JSON.parse(checked)) : [],
    files: head.files.length,
    added: head.files.reduce((sum, { added }) => sum + added, 0),
    removed: head.files.reduce((sum, { removed }) => sum + removed, 0),
    review:
      review?.outcome === 'done'
        ? { findings: findingsIn(said), text: startOf(said, limits.childTextChars) }
        : null,
    screenshots: shots.slice(0, 20).map(({ artifactId, name }) => ({ artifactId, name })),
  };
}
