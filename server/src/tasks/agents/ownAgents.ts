import type { Store } from '../../sessions/store/store.ts';
import { type Defined, definedBy, nothingDefined } from './files.ts';
import type { AgentTerms } from './parseAgent.ts';

/** hash: id -> the definition as its owner wrote it. Whoever erases the person takes it: their id is in its name. */
const ownKey = (orgId: string, userId: string) => `dh:org:${orgId}:agents:${userId}`;

/** Of one person. */
export const mostOwnAgents = 50;

export type Owner = { orgId: string; userId: string };

const sourceOf = (id: string) => `${id} (your own)`;

/** A person's own definitions. What is no longer understood, as a tool is gone, is a mistake and not in service. */
export async function ownAgents(store: Store, { orgId, userId }: Owner, terms: AgentTerms): Promise<Defined> {
  const texts = await store.hgetall(ownKey(orgId, userId));
  const files = Object.entries(texts)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, text]) => ({ id, source: sourceOf(id), text }));
  return files.length === 0
    ? nothingDefined
    : definedBy(files, { layer: 'user', before: nothingDefined, terms });
}

/** False: they have as many as one may have. */
export async function saveOwn(
  store: Store,
  { orgId, userId }: Owner,
  { id, text }: { id: string; text: string },
): Promise<boolean> {
  const key = ownKey(orgId, userId);
  const [count, isThere] = await Promise.all([store.hlen(key), store.hexists(key, id)]);
  if (isThere === 0 && count >= mostOwnAgents) return false;
  await store.hset(key, id, text);
  return true;
}

/** False: there is none of that id. */
export const removeOwn = async (store: Store, { orgId, userId }: Owner, id: string): Promise<boolean> =>
  (await store.hdel(ownKey(orgId, userId), id)) === 1;

export { sourceOf as sourceOfOwn };
