import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate } from '../emulators/model/index.ts';
import { insist } from '../support/insist.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { type FarRedis, redisInNamespace } from '../support/redisInNamespace.ts';
import { secondServer } from '../support/secondServer.ts';
import type { TestServer } from '../support/server.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { watch } from '../support/watch.ts';

let redis: FarRedis;
let stack: Stack;
let other: TestServer;
beforeAll(async () => {
  redis = await redisInNamespace(2);
  stack = await openStack({ REDIS_URL: redis.urls[0] ?? '' });
});
afterAll(async () => {
  await other?.dispose();
  await stack?.dispose();
  await redis?.dispose();
});

test('a server cut off from Redis says so; another goes on with its turn, and its late writes are refused', async () => {
  const hold = gate();
  stack.model.script('cutoff', [
    { calls: [bash('echo ran >> p; cat p')] },
    { say: ['It', hold.wait, ' ran.'], calls: [bash('echo again >> p; cat p')] },
    done('Done.'),
  ]);
  const own = await stack.ask('Do it #cutoff');
  await stack.model.asked('cutoff', 2);
  other = await secondServer(stack, { REDIS_URL: redis.urls[1] ?? '' });
  const there = other.client();
  const session = watch(there, own.sessionId);
  await redis.cut(0);
  const asked = { sessionId: own.sessionId, requestId: newRequestId(), text: 'And then? #more' };
  const refused = await stack.client.http['prompt.send'](asked);
  expect(refused).toMatchObject({ ok: false, code: 'store_down', retryable: true });
  // The lease runs out, and the other asks the model again.
  await stack.model.asked('cutoff', 3);
  hold.open();
  expect((await session.finished()).data.outcome).toBe('done');
  await redis.mend(0);
  stack.model.script('more', [done('Nothing more.')]);
  await insist(() => stack.client.http['prompt.send'](asked));
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('tool.finished').map(({ data }) => data.output.trim())).toEqual(['ran', 'ran\nagain']);
  expect(session.all('prompt.queued').map(({ data }) => data.text)).toEqual(['Do it #cutoff', asked.text]);
  const log = await readLog(there, own.sessionId);
  checkLog(log);
  // Who was cut off shows the same, without being asked anew.
  await own.until(({ head }) => head.last === log.length, 'all of it on the server that was cut off');
  expect(own.events.map(({ seq, type }) => `${seq} ${type}`)).toEqual(
    log.map(({ seq, type }) => `${seq} ${type}`),
  );
});
