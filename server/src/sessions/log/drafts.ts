import { Draft } from '@deckhand/shared';
import { sessionPrefix } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/** Unfinished texts and the `last` they belong to, read at one moment. */
export async function readDrafts(
  store: Store,
  sessionId: string,
): Promise<{ last: number; drafts: Draft[] }> {
  const [last, ...rest] = await store.dhDrafts(sessionPrefix(sessionId));
  const drafts: Draft[] = [];
  for (let i = 0; i + 2 < rest.length; i += 3) {
    const meta = JSON.parse(rest[i + 1] ?? '{}') as object;
    drafts.push(Draft.parse({ id: rest[i], ...meta, text: rest[i + 2] }));
  }
  return { last: Number(last), drafts };
}
