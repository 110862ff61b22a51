import { setImmediate } from 'node:timers/promises';
import { redisOf } from './redis.ts';
import type { TestServer } from './server.ts';

/** Resolves once what became of a grant waits for the agent to read: the proxy knows it then. */
export async function egressTold(server: TestServer, sessionId: string, text: string): Promise<void> {
  const redis = await redisOf(server);
  try {
    for (;;) {
      const waits = await redis.lrange(`dh:{${sessionId}}:egress-told`, 0, -1);
      if (waits.some(each => each.includes(text))) return;
      await setImmediate();
    }
  } finally {
    redis.disconnect();
  }
}
