import { type KeyType, part, sessionPrefix } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/** What Redis holds under one part of a session; a hash as field, value, field, value… */
export type KeyCopy = { key: string; type: KeyType; length: number; values: string[] };

/** Parts that only ever grow at their end: read in pages, up to the length of the copy. They have tables of their own. */
export const pagedParts: string[] = [part.log, part.context];

/** What a session has only while somebody makes it, works on it or looks at it. It moves nowhere. */
const passingParts: string[] = [part.lease, part.drafts, part.forking, part.home, part.viewers, part.audits];

/** A session with any of these is at work. */
export const busyParts: string[] = [part.lease, part.drafts, part.inbox, part.audits, part.raises];

const wholeParts = Object.values(part).filter(
  name => !pagedParts.includes(name) && !passingParts.includes(name),
);

/** A session at one moment: everything but the pages of its log and context. Null where it is not in Redis. */
export type SessionCopy = { meta: Record<string, string>; keys: KeyCopy[] };

export async function copySession(store: Store, sessionId: string): Promise<SessionCopy | null> {
  const answer = await store.dhCopy(
    sessionPrefix(sessionId),
    JSON.stringify(wholeParts),
    JSON.stringify(pagedParts),
  );
  const keys = answer.map(([key, type, length, values]) => ({ key, type, length, values }));
  const meta = keys.find(({ key }) => key === part.meta);
  return meta ? { meta: Object.fromEntries(rowsOf(meta)), keys } : null;
}

/** Parts whose values the move compares: each commit counts in meta, and the fence rises without one. */
const comparedParts: string[] = [part.meta, part.run];

export const comparedOf = ({ keys }: SessionCopy): string =>
  JSON.stringify(
    Object.fromEntries(
      keys
        .filter(({ key }) => comparedParts.includes(key))
        .map(copied => [copied.key, Object.fromEntries(rowsOf(copied))]),
    ),
  );

export const lengthsOf = (keys: { key: string; length: number }[]): string =>
  JSON.stringify(Object.fromEntries(keys.map(({ key, length }) => [key, length])));

/** The values of a key as rows of field and value. */
export function rowsOf({ type, values }: KeyCopy): [string | null, string][] {
  if (type !== 'hash' && type !== 'zset') return values.map(value => [null, value]);
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i] ?? '', values[2 * i + 1] ?? '']);
}
