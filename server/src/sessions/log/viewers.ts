import { script } from '../../platform/script.ts';
import { part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/** A server that dies watches nothing any more; feeds say so every other second while they are followed. */
const watchedTtlMs = 10_000;

/** KEYS meta, home, viewers of a session; ARGV time to live. A page that is still open on an erased session leaves no trace of it. */
const noteOne = script('dhNoteWatched', {
  keys: 3,
  lua: `
if redis.call('EXISTS', KEYS[1], KEYS[2]) == 0 then return 0 end
redis.call('SET', KEYS[3], '1', 'PX', ARGV[1])
return 1
`,
});

/** Somebody looks at these sessions on this node. */
export async function noteWatched(store: Store, sessionIds: readonly string[]): Promise<void> {
  const keysOf = (id: string) => [part.meta, part.home, part.viewers].map(each => sessionKey(id, each));
  await Promise.all(sessionIds.map(id => noteOne(store, ...keysOf(id), watchedTtlMs)));
}

/** Whether anybody looks at a session, on any node. */
export async function isWatched(store: Store, sessionId: string): Promise<boolean> {
  return (await store.exists(sessionKey(sessionId, part.viewers))) === 1;
}
