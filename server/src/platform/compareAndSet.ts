import type { Redis } from 'ioredis';

/** A connection that knows the script below. */
export type ComparesAndSets = Redis & {
  dhCompareAndSet(key: string, field: string, expected: string, next: string): Promise<number>;
};

/** KEYS[1] hash. ARGV field, what the caller saw ('' for nothing), what is to stand there ('' to delete). 1 where it held. */
const script = `
local now = redis.call('HGET', KEYS[1], ARGV[1])
if (now or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1
`;

export function defineCompareAndSet(redis: Redis): void {
  redis.defineCommand('dhCompareAndSet', { numberOfKeys: 1, lua: script });
}
