import { DeckhandError } from '@deckhand/shared';
import type { ChainableCommander } from 'ioredis';
import { type part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { ArchiveFile } from './archiveFile.ts';
import { type Home, withHome } from './home.ts';

export type Look<T> = {
  /** The one command that asks Redis, and what its answer means. */
  ask: (multi: ChainableCommander) => ChainableCommander;
  hot: (answer: unknown) => T;
  cold: (file: ArchiveFile) => T;
  /** What the home record alone can answer. */
  atHome?: (home: Home) => T | undefined;
};

/** The one place that knows whether a session is read from Redis or from its archive. */
export async function hotOrCold<T>(store: Store, sessionId: string, look: Look<T>): Promise<T> {
  for (let missing: string | null = null; ; ) {
    const { home, answer } = await withHome(store, sessionId, look.ask);
    if (!home) return look.hot(answer);
    const known = look.atHome?.(home);
    if (known !== undefined) return known;
    const read = await store.archives.read(home.blob, look.cold);
    if (read) return read.value;
    // The session was restored and hibernated anew between the two looks: it has another blob now.
    if (missing === home.blob) throw archiveGone(sessionId, home.blob);
    missing = home.blob;
  }
}

type Part = (typeof part)[keyof typeof part];

/** One of the session's hashes. */
export function readHash(store: Store, sessionId: string, hash: Part): Promise<Record<string, string>> {
  return hotOrCold(store, sessionId, {
    ask: multi => multi.hgetall(sessionKey(sessionId, hash)),
    hot: answer => answer as Record<string, string>,
    cold: file => file.hash(hash),
  });
}

/** Only the fields' names: the values of some hashes are long. */
export function readFields(store: Store, sessionId: string, hash: Part): Promise<string[]> {
  return hotOrCold(store, sessionId, {
    ask: multi => multi.hkeys(sessionKey(sessionId, hash)),
    hot: answer => answer as string[],
    cold: file => Object.keys(file.hash(hash)),
  });
}

/** One of the session's lists. */
export function readList(store: Store, sessionId: string, list: Part): Promise<string[]> {
  return hotOrCold(store, sessionId, {
    ask: multi => multi.lrange(sessionKey(sessionId, list), 0, -1),
    hot: answer => answer as string[],
    cold: file => file.list(list),
  });
}

/** A field of one of the session's hashes. */
export function readField(
  store: Store,
  sessionId: string,
  hash: Part,
  field: string,
): Promise<string | null> {
  return hotOrCold(store, sessionId, {
    ask: multi => multi.hget(sessionKey(sessionId, hash), field),
    hot: answer => answer as string | null,
    cold: file => file.field(hash, field),
  });
}

export const archiveGone = (sessionId: string, blob: string) =>
  new DeckhandError('internal', `The archive of ${sessionId} is gone: there is no blob ${blob}.`);
