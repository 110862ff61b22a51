import { Head } from '@deckhand/shared';
import { applyToHead, emptyHead, headVersion } from '@deckhand/shared/view';
import { singleFlight } from '../../platform/singleFlight.ts';
import { readField, readFields } from '../archive/hotOrCold.ts';
import { part, sessionKey, sessionPrefix } from '../store/keys.ts';
import { headEveryBytes } from '../store/scripts.lua.ts';
import type { Store } from '../store/store.ts';
import { readAfter } from './log.ts';

/** What the session was at these places of its log. */
export async function headsAt(store: Store, sessionId: string, seqs: readonly number[]): Promise<Head[]> {
  const heads: Head[] = [];
  for (const seq of seqs) heads.push(await headAt(store, sessionId, seq));
  return heads;
}

/**
 * What the session was at a place of its log: the newest head that is kept at or below, and the events after it. A log
 * never changes, so neither does a head; each page that has to be folded leaves one, so that nobody folds it again.
 */
export async function headAt(store: Store, sessionId: string, seq: number): Promise<Head> {
  let head = (await newestKept(store, sessionId, seq)) ?? emptyHead;
  while (head.last < seq) {
    const page = await readAfter(store, sessionId, { after: head.last, limit: seq - head.last });
    head = page.events.reduce(applyToHead, head);
    if (!page.more) return head;
    if (head.last < seq) await keep(store, sessionId, head);
  }
  return head;
}

const keeping = singleFlight<string, void>();

/** The commit that said it was due goes on; where this fails, the next one says so again. */
export function keepHeadBehind(store: Store, sessionId: string): void {
  keeping.run(sessionId, () => keepWhileDue(store, sessionId)).catch(() => {});
}

/** Resolves when no head is due any more of what was written so far. */
export const headsKept = (): Promise<void> => keeping.settled();

/** Whoever writes fast has written what makes the next one due before this one is folded. */
async function keepWhileDue(store: Store, sessionId: string): Promise<void> {
  for (;;) {
    const { last, sinceBytes, dueBytes } = await countedAt(store, sessionId);
    if (sinceBytes < dueBytes) return;
    await keep(store, sessionId, await headAt(store, sessionId, last), sinceBytes);
  }
}

/** In one moment: where the log ends, and how much of it came after the newest head that was counted. */
async function countedAt(store: Store, sessionId: string) {
  const answers = await store
    .multi()
    .hget(sessionKey(sessionId, part.meta), 'last')
    .hmget(sessionKey(sessionId, part.heads), 'since', 'due')
    .exec();
  const [last, counted] = (answers ?? []).map(([, answer]) => answer);
  const [since, due] = counted as (string | null)[];
  return { last: Number(last), sinceBytes: Number(since), dueBytes: Number(due ?? headEveryBytes) };
}

async function keep(store: Store, sessionId: string, head: Head, countedBytes = 0): Promise<void> {
  const text = JSON.stringify(head);
  // A large head comes more seldom than a small one.
  const dueBytes = Math.max(headEveryBytes, 4 * text.length);
  await store.dhKeepHead(
    sessionPrefix(sessionId),
    fieldOf(head.last),
    text,
    head.last,
    dueBytes,
    countedBytes,
  );
}

const fieldOf = (seq: number) => `${headVersion}:${seq}`;

async function newestKept(store: Store, sessionId: string, seq: number): Promise<Head | null> {
  const fields = await readFields(store, sessionId, part.heads);
  const newest = fields
    .filter(field => field.startsWith(`${headVersion}:`))
    .map(field => Number(field.slice(field.indexOf(':') + 1)))
    .filter(kept => kept <= seq)
    .reduce((a, b) => Math.max(a, b), 0);
  const text = newest > 0 ? await readField(store, sessionId, part.heads, fieldOf(newest)) : null;
  return text ? (Head.safeParse(JSON.parse(text)).data ?? null) : null;
}
