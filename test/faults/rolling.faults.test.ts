import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { startOwnRedis } from '../support/ownRedis.ts';
import { secondServer } from '../support/secondServer.ts';
import { openStack } from '../support/stack.ts';
import { startLoad } from './load.ts';

const minutes = process.env.DECKHAND_TEST_SOAK ? 10 : 2;

test(
  `two servers restarted in turn every 20 s under load for ${minutes} minutes: every prompt ends once`,
  async () => {
    const redis = await startOwnRedis();
    const stack = await openStack({ REDIS_URL: redis.url });
    const other = await secondServer(stack);
    const endMs = Date.now() + minutes * 60_000;
    try {
      const load = startLoad(stack, { sessions: 3, prompts: 3 });
      for (let n = 0; Date.now() < endMs; n++) {
        await sleep(20_000);
        const server = n % 2 === 0 ? stack.server : other;
        expect(await server.stop()).toBe(0);
        await server.restart();
      }
      const { outcomes, prompts } = await load.end();
      expect(prompts).toBeGreaterThan(10);
      expect(Object.keys(outcomes)).toEqual(['done']);
    } finally {
      await other.dispose();
      await stack.dispose();
      await redis.dispose();
    }
  },
  (minutes + 5) * 60_000,
);
