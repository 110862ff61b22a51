import { connectRedis, parseRedisUrl } from '@deckhand/sandbox/preflight/redis-url';
import { DeckhandError } from '@deckhand/shared';
import type { Redis } from 'ioredis';

/**
 * Whether this Redis keeps what it acknowledges. In production a setting that could lose data stops the start with
 * a sentence that says what to change; elsewhere it is a warning.
 */
export async function checkDurable(
  url: string,
  production: boolean,
  warn: (text: string) => void,
): Promise<void> {
  const redis = connectRedis(url, { maxRetriesPerRequest: 1 });
  try {
    for (const [name, wanted] of wantedSettings) {
      const found = await setting(redis, name);
      if (found === null || found === wanted) continue;
      const message = `Redis has ${name} ${found}: set it to ${wanted}, or acknowledged prompts can be lost.`;
      if (production) throw new DeckhandError('store_down', message);
      warn(message);
    }
    const address = parseRedisUrl(url);
    if (address.ok && address.sentinels && (await setting(redis, 'min-replicas-to-write')) === '0')
      warn(
        'Redis has min-replicas-to-write 0: while no replica is connected, it acknowledges what a failover would lose. Set it to 1 to have it refuse then.',
      );
  } finally {
    redis.disconnect();
  }
}

const wantedSettings = [
  ['appendonly', 'yes'],
  ['appendfsync', 'always'],
  ['maxmemory-policy', 'noeviction'],
] as const;

/** Null where a managed Redis does not tell. */
async function setting(redis: Redis, name: string): Promise<string | null> {
  const answer = (await redis.config('GET', name).catch(() => null)) as string[] | null;
  return answer?.[1] ?? null;
}
