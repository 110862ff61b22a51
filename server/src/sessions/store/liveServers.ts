import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import { every } from '../../platform/every.ts';
import { script } from '../../platform/script.ts';
import { orgKeys } from './keys.ts';

/** Each says this often that it runs; one that was killed counts for so long after. */
const sayEveryMs = 5_000;
const aliveMs = 20_000;

/**
 * Names of the servers that run, by Redis' own clock. ARGV: `join`, `leave` or `look`; name; milliseconds that one counts
 * after it said so.
 */
const servers = script('dhServers', {
  keys: 1,
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] == 'join' then redis.call('ZADD', KEYS[1], now, ARGV[2]) end
if ARGV[1] == 'leave' then redis.call('ZREM', KEYS[1], ARGV[2]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
return redis.call('ZRANGE', KEYS[1], 0, -1)
`,
});

/** The servers that run on this Redis, as `host:pid:namespace:random`. */
export const liveServers = async (redis: Redis): Promise<string[]> =>
  ((await servers(redis, orgKeys.servers, 'look', '', aliveMs)) as string[]).filter(mayRun);

/** Containers may have the name of their host, and count their processes by themselves. '' where that cannot be told. */
function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
  } catch {
    return '';
  }
}

/** One of this machine whose process is gone was killed: nobody waits for it to be forgotten. */
function mayRun(name: string): boolean {
  const [host, pid, namespace] = name.split(':');
  if (host !== hostname() || namespace !== pidNamespace()) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Says that this server runs, until `leave`, which answers who else does. */
export async function joinServers(
  redis: Redis,
  onError: (error: unknown) => void,
): Promise<{ leave: () => Promise<string[]> }> {
  const name = `${hostname()}:${process.pid}:${pidNamespace()}:${randomBytes(3).toString('hex')}`;
  const say = () => servers(redis, orgKeys.servers, 'join', name, aliveMs);
  await say();
  const saying = every(sayEveryMs, say, onError);
  return {
    leave: async () => {
      await saying.stop();
      return ((await servers(redis, orgKeys.servers, 'leave', name, aliveMs)) as string[]).filter(mayRun);
    },
  };
}
