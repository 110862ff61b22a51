import { type Actor, Child, ChildEnd, ChildState } from '@deckhand/shared';
import { z } from 'zod';
import { readField, readHash } from '../archive/hotOrCold.ts';
import type { EventDraft, Op } from '../store/batch.ts';
import { part } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/** What a session knows of one that its agent began. */
export const ChildRecord = Child.extend({
  state: ChildState,
  /** Turn of the child that was told of last; null before its first. */
  turnId: z.string().nullable(),
  /** The last of its turns that is known to have ended. */
  lastEnded: z.string().nullable().default(null),
  /** How far of its log what it wrote on its blackboard is on this session's, too. */
  boardSeq: z.number().default(0),
  why: z.string().optional(),
  /** People compare it with others: no agent began it. */
  attempt: z.boolean().optional(),
  end: ChildEnd.optional(),
});
export type ChildRecord = z.infer<typeof ChildRecord>;

const system: Actor = { kind: 'system' };
const parse = (text: string) => ChildRecord.parse(JSON.parse(text));

/** The record as it is stored; `text` is what a write stands on. */
export async function readChild(
  store: Store,
  parentId: string,
  childId: string,
): Promise<{ record: ChildRecord; text: string } | null> {
  const text = await readField(store, parentId, part.children, childId);
  return text === null ? null : { record: parse(text), text };
}

/** All of a session's, by their ids. */
export async function readChildren(
  store: Store,
  parentId: string,
): Promise<Map<string, { record: ChildRecord; text: string }>> {
  const texts = await readHash(store, parentId, part.children);
  return new Map(Object.entries(texts).map(([id, text]) => [id, { record: parse(text), text }]));
}

/** A record with the event that says the same, for one commit of the parent. */
export function noting(record: ChildRecord): { op: Op; event: EventDraft } {
  const { childId, repo, title, state, why = '', end } = record;
  const op: Op = ['HSET', part.children, childId, JSON.stringify(record)];
  if (state === 'works')
    return { op, event: { type: 'child.started', actor: system, data: { childId, repo, title } } };
  if (state === 'blocked')
    return { op, event: { type: 'child.blocked', actor: system, data: { childId, why } } };
  const data = { childId, ...(end ?? { outcome: 'stopped' as const }) };
  return { op, event: { type: 'child.finished', actor: system, data } };
}
