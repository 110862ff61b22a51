import type { ThreadKey } from '@deckhand/shared';
import { script } from '../platform/script.ts';
import type { Store } from '../sessions/store/store.ts';

export const threadKey = ({ provider, id }: ThreadKey) => `dh:thread:${provider}:${id}`;

/**
 * Scripts of their own, no `compareAndSet`: what is compared is a time and a fence that Redis itself makes, and several
 * fields change at once. Each is answered the same when it is sent again, or with a fence that is as good.
 *
 * KEYS[1] thread; ARGV owner, ttlMs. Answer: the fence, or 0 where another process holds the thread.
 */
const takeScript = script('dhTakeRelay', {
  keys: 1,
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local owner = redis.call('HGET', KEYS[1], 'owner')
local untilMs = tonumber(redis.call('HGET', KEYS[1], 'untilMs') or '0')
if owner and owner ~= ARGV[1] and untilMs > now then return 0 end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'untilMs', string.format('%d', now + ARGV[2]))
return redis.call('HINCRBY', KEYS[1], 'fence', 1)
`,
});

/** KEYS[1] thread; ARGV owner, fence, ttlMs (0 gives it back), state or ''. Answer: 1, or 0 where it was lost. */
const noteScript = script('dhNoteRelay', {
  keys: 1,
  lua: `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[3] == '0' then redis.call('HDEL', KEYS[1], 'owner', 'untilMs')
else redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'untilMs', string.format('%d', now + ARGV[3])) end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'state', ARGV[4]) end
return 1
`,
});

/** KEYS[1] thread; ARGV the session it had, the one it gets. Whoever relays the old one loses the thread. */
const replaceScript = script('dhReplaceSession', {
  keys: 1,
  lua: `
if redis.call('HGET', KEYS[1], 'sessionId') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'sessionId', ARGV[2])
redis.call('HDEL', KEYS[1], 'owner', 'untilMs', 'state')
redis.call('HINCRBY', KEYS[1], 'fence', 1)
return 1
`,
});

type Lease = { thread: ThreadKey; owner: string; ttlMs: number };

/** The fence under which this process relays the thread from now on; null where another does. */
export async function takeRelay(store: Store, { thread, owner, ttlMs }: Lease): Promise<number | null> {
  const fence = Number(await takeScript(store, threadKey(thread), owner, ttlMs));
  return fence === 0 ? null : fence;
}

/** False where another process took the thread over. */
export async function noteRelay(
  store: Store,
  { thread, owner, ttlMs, fence, state }: Lease & { fence: number; state: string | null },
): Promise<boolean> {
  const args = [owner, fence, ttlMs, state ?? ''];
  return (await noteScript(store, threadKey(thread), ...args)) === 1;
}

export async function replaceSession(
  store: Store,
  thread: ThreadKey,
  sessions: { from: string; to: string },
): Promise<void> {
  await replaceScript(store, threadKey(thread), sessions.from, sessions.to);
}
