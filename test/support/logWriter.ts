import type { NewEvent } from '@deckhand/shared';
import { redisOf } from './redis.ts';
import type { TestServer } from './server.ts';

/** Writes into a session's log, and fields beside it, what no part of the server writes yet, as its script would. */
export async function writeEvent(
  server: TestServer,
  sessionId: string,
  event: NewEvent,
  fields: Record<string, Record<string, string>> = {},
): Promise<void> {
  const redis = await redisOf(server);
  const prefix = `dh:{${sessionId}}:`;
  const atMs = Date.now();
  const seq = Number(await redis.hget(`${prefix}meta`, 'last')) + 1;
  const text = JSON.stringify({ sessionId, actor: { kind: 'system' }, ...event });
  const write = redis
    .multi()
    .xadd(`${prefix}log`, `${seq}-0`, 'at', atMs, 'e', text)
    .hset(`${prefix}meta`, 'last', seq, 'updatedAt', atMs);
  for (const [part, values] of Object.entries(fields)) write.hset(`${prefix}${part}`, values);
  await write.publish(`${prefix}bus`, `e ${seq} ${atMs} ${text}`).exec();
  redis.disconnect();
}
