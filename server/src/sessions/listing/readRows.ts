import { z } from 'zod';
import { decodeHome } from '../archive/home.ts';
import { part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { isWaiting } from '../transitions.ts';
import type { Row } from './indexFile.ts';

const fields = [
  ...(['id', 'orgId', 'title', 'repo', 'state', 'waitsFor', 'plan'] as const),
  ...(['authors', 'updatedAt', 'last', 'rewrites'] as const),
] as const;
type Fields = { [field in (typeof fields)[number]]?: string | undefined };

const Authors = z.array(z.object({ userId: z.string() }));

/** What lists must know of these sessions, wherever they are; those that are nowhere are left out. */
export async function readRows(store: Store, sessionIds: readonly string[]): Promise<Row[]> {
  const asked = store.pipeline();
  for (const id of sessionIds)
    asked.hmget(sessionKey(id, part.meta), ...fields).get(sessionKey(id, part.home));
  const answers = (await asked.exec()) ?? [];
  return sessionIds.flatMap((sessionId, n) => {
    const [values, home] = [answers[2 * n], answers[2 * n + 1]].map(answer => {
      if (!answer || answer[0]) throw answer?.[0] ?? new Error('Redis did not answer');
      return answer[1];
    }) as [(string | null)[], string | null];
    const hot: Fields = Object.fromEntries(fields.map((field, i) => [field, values[i] ?? undefined]));
    const meta: Fields | undefined = hot.id ? hot : decodeHome(sessionId, home)?.meta;
    return meta ? [rowOf(sessionId, meta)] : [];
  });
}

function rowOf(sessionId: string, meta: Fields): Row {
  const { state = '', waitsFor } = meta;
  const authors = Authors.safeParse(JSON.parse(meta.authors || '[]')).data ?? [];
  return {
    sessionId,
    orgId: meta.orgId ?? 'default',
    title: meta.title ?? '',
    repo: meta.repo || null,
    state,
    waits: (isWaiting(state) && waitsFor !== 'children') || Boolean(meta.plan),
    authors: authors.map(({ userId }) => userId),
    updatedAtMs: Number(meta.updatedAt ?? 0),
    last: Number(meta.last ?? 0),
    rewrites: Number(meta.rewrites ?? 0),
  };
}
