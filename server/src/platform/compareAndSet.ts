import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { script } from './script.ts';

/**
 * KEYS[1] hash, KEYS[2] what remembers that this call won. ARGV field, what the caller saw ('' for nothing), what is to
 * stand there ('' to delete), seconds to remember. 1 where it held, also when the same call comes again.
 */
const compareAndSetScript = script('dhCompareAndSet', {
  keys: 2,
  lua: `
if redis.call('EXISTS', KEYS[2]) == 1 then return 1 end
local now = redis.call('HGET', KEYS[1], ARGV[1])
if (now or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
redis.call('SET', KEYS[2], '', 'EX', ARGV[4])
return 1
`,
});

/** A command whose answer was lost is sent again once the connection is back; longer outages end the caller's waiting. */
const rememberedSeconds = 600;

/** Of the same slot of a cluster as `key`. */
const wonKey = (key: string, id: string) => `${key.includes('{') ? key : `{${key}}`}:won:${id}`;

/**
 * Writes a field of a hash ('' deletes it) where it still is what the caller saw ('' for nothing). False: somebody else
 * was quicker. The connection sends a command again whose answer was lost; the one who won is told so then, too.
 */
export async function compareAndSet(
  redis: Redis,
  { key, field, expected, next }: { key: string; field: string; expected: string; next: string },
): Promise<boolean> {
  const won = wonKey(key, randomUUID());
  return (await compareAndSetScript(redis, key, won, field, expected, next, rememberedSeconds)) === 1;
}
