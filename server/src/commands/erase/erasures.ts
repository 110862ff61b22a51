import type { Store } from '../../sessions/store/store.ts';

/** What is to be erased, until it is: a server that dies in the middle goes on with it at its next start. */
export type Erasure =
  | { kind: 'session' | 'person'; id: string }
  | { kind: 'mirror'; id: string; dueMs: number };

/** hash: `kind id` -> Erasure, JSON */
const pendingKey = 'dh:erasures';
/** set: pseudonyms of what was erased: who asks again is told so */
const erasedKey = 'dh:erased';

const fieldOf = ({ kind, id }: Erasure) => `${kind} ${id}`;

export async function addErasure(store: Store, erasure: Erasure): Promise<void> {
  await store.hset(pendingKey, fieldOf(erasure), JSON.stringify(erasure));
}

export async function pendingErasures(store: Store): Promise<Erasure[]> {
  return (await store.hvals(pendingKey)).map(text => JSON.parse(text) as Erasure);
}

/** It is done; `pseudonym` is all that stays of it. */
export async function endErasure(store: Store, erasure: Erasure, pseudonym: string | null): Promise<void> {
  const write = store.multi().hdel(pendingKey, fieldOf(erasure));
  if (pseudonym !== null) write.sadd(erasedKey, pseudonym);
  await write.exec();
}

export const wasErased = async (store: Store, pseudonym: string): Promise<boolean> =>
  (await store.sismember(erasedKey, pseudonym)) === 1;

export const isErasureKey = (key: string) => key === pendingKey || key === erasedKey;
