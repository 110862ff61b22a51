import { type BoardEntry, type BoardLine, isExpired } from '@deckhand/shared';
import { readChild } from '../children/childRecord.ts';
import { commit, type EventDraft } from '../store/commit.ts';
import { part } from '../store/keys.ts';
import type { Meta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf } from '../transitions.ts';
import { fullBoard, indexExpiry, readLines } from './board.ts';

const maxRaces = 20;

/**
 * What a child's blackboard has that its parent's has not goes up, with where it comes from: each line once, so that
 * one which somebody took off up there stays off. What does not fit goes when there is room.
 */
export async function shareUp(store: Store, child: Pick<Meta, 'id' | 'parent'>): Promise<void> {
  const parentId = child.parent?.sessionId;
  if (!parentId) return;
  for (let race = 0; race < maxRaces; race++) {
    const [known, lines, above] = await Promise.all([
      readChild(store, parentId, child.id),
      readLines(store, child.id),
      readLines(store, parentId),
    ]);
    if (!known) return;
    const fresh: BoardLine[] = lines.filter(line => line.seq > known.record.boardSeq);
    const fitting: BoardLine[] = [];
    for (const line of fresh) {
      if (fullBoard([...above, ...fitting], line.key)) break;
      fitting.push(line);
    }
    const last = fitting.at(-1);
    if (!last) return;
    const entries: BoardEntry[] = fitting
      .filter(line => !isExpired(line, Date.now()))
      .map(({ seq: _, source, ...line }) => ({
        ...line,
        source: { ...source, sessionId: source.sessionId ?? child.id },
      }));
    for (const entry of entries) await indexExpiry(store, parentId, entry);
    const record = JSON.stringify({ ...known.record, boardSeq: last.seq });
    const done = await commit(store, parentId, {
      checks: checksOf('child.noted', { children: [[child.id, known.text]] }),
      ops: [['HSET', part.children, child.id, record]],
      events: entries.map((data): EventDraft => ({ type: 'board.written', actor: data.source.actor, data })),
    });
    if (done.ok) return;
  }
}
