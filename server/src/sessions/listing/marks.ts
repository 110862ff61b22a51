import { failure, limits, type Result } from '@deckhand/shared';
import { script } from '../../platform/script.ts';
import type { Store } from '../store/store.ts';

/** hash: sessionId -> how far of its log this person has seen */
const seenKey = (userId: string) => `dh:seen:${userId}`;
/** set: sessions that this person keeps at hand */
const pinsKey = (userId: string) => `dh:pins:${userId}`;

/** Of two devices the one that is further counts. KEYS[1] the hash, ARGV session, seq. */
const seeScript = script('dhSee', {
  keys: 1,
  lua: `
local known = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '-1')
if known < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 1
`,
});

/** KEYS[1] the set, ARGV session, how many there may be. */
const pinScript = script('dhPin', {
  keys: 1,
  lua: `
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 1 end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
return redis.call('SADD', KEYS[1], ARGV[1])
`,
});

export async function markSeen(store: Store, userId: string, sessionId: string, seq: number): Promise<void> {
  await seeScript(store, seenKey(userId), sessionId, seq);
}

/** How far somebody has seen each of these; null where they never looked. */
export async function readSeen(
  store: Store,
  userId: string,
  sessionIds: readonly string[],
): Promise<Map<string, number | null>> {
  if (sessionIds.length === 0) return new Map();
  const values = await store.hmget(seenKey(userId), ...sessionIds);
  return new Map(
    sessionIds.map((id, n) => {
      const value = values[n] ?? null;
      return [id, value === null ? null : Number(value)];
    }),
  );
}

export async function setPin(
  store: Store,
  userId: string,
  { sessionId, pinned }: { sessionId: string; pinned: boolean },
): Promise<Result> {
  if (!pinned) await store.srem(pinsKey(userId), sessionId);
  else if (!(await pinScript(store, pinsKey(userId), sessionId, limits.pinnedSessions)))
    return failure(
      'bad_request',
      `At most ${limits.pinnedSessions} sessions can be pinned. Unpin one of them first.`,
    );
  return { ok: true };
}

export const readPins = (store: Store, userId: string): Promise<string[]> => store.smembers(pinsKey(userId));
