import type { ChildEnd, ChildState } from '@deckhand/shared';
import { commit } from '../store/commit.ts';
import { orgKeys } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { checksOf } from '../transitions.ts';
import { type ChildRecord, noting, readChild } from './childRecord.ts';

/** What became of a child's turn. */
export type ChildNews = { turnId: string; state: ChildState; why?: string; end?: ChildEnd };

/** Other children of the same parent do not race for its record: only two servers that tell the same. */
const maxRaces = 20;

/**
 * Tells a session what became of one that its agent began: once for each state of each turn. A parent that is gone, or
 * that knows of no such child, hears nothing.
 */
export async function tellParent(
  store: Store,
  { parentId, childId }: { parentId: string; childId: string },
  news: ChildNews,
): Promise<void> {
  for (let race = 0; race < maxRaces; race++) {
    const known = await readChild(store, parentId, childId);
    if (!known || isTold(known.record, news)) return;
    const { childId: id, repo, title, turnId: before, state, boardSeq, attempt } = known.record;
    const lastEnded = news.state === 'ended' ? news.turnId : known.record.lastEnded;
    const of = attempt ? { attempt } : {};
    const record: ChildRecord = { childId: id, repo, title, lastEnded, boardSeq, ...of, ...news };
    const { op, event } = noting(record);
    // That it works was said when it was begun.
    const isSaid = before === null && state === 'works' && news.state === 'works';
    const done = await commit(store, parentId, {
      checks: checksOf('child.noted', { children: [[childId, known.text]] }),
      ops: [op],
      events: isSaid ? [] : [event],
    });
    if (done.ok) return;
  }
  throw new Error(`session ${parentId} could not be told of ${childId}`);
}

const isTold = (known: ChildRecord, { turnId, state, why }: ChildNews): boolean =>
  known.lastEnded === turnId || (known.turnId === turnId && known.state === state && known.why === why);

/** Before a child's turn runs: whatever dies afterwards, the sweeper finds that there is news of it. */
export const indexChild = (store: Store, childId: string) => store.sadd(orgKeys.children, childId);
