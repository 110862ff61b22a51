import type { Redis } from 'ioredis';
import { script } from './script.ts';

/** KEYS[1] the lock; ARGV owner, ttlMs (0 gives it back). 1 where the owner still held it. */
const renewScript = script('dhRenewLock', {
  keys: 1,
  lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
`,
});

type Held = { key: string; owner: string };

/** A lock among processes: whoever holds it and dies loses it after its time to live. False where another holds it. */
export async function takeLock(
  redis: Redis,
  { key, owner, ttlMs }: Held & { ttlMs: number },
): Promise<boolean> {
  if ((await redis.set(key, owner, 'PX', ttlMs, 'NX')) === 'OK') return true;
  // Taken by this owner before: its answer was lost, or it asks for more time.
  return renewLock(redis, { key, owner, ttlMs });
}

/** False where the owner lost it. */
export async function renewLock(
  redis: Redis,
  { key, owner, ttlMs }: Held & { ttlMs: number },
): Promise<boolean> {
  return (await renewScript(redis, key, owner, ttlMs)) === 1;
}

/** Gives it back, unless another took it over. */
export async function releaseLock(redis: Redis, { key, owner }: Held): Promise<void> {
  await renewScript(redis, key, owner, 0);
}
