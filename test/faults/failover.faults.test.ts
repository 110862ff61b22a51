import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate } from '../emulators/model/index.ts';
import { insist } from '../support/insist.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { startWatchedRedis, type WatchedRedis } from '../support/sentinels.ts';
import { openStack, type Stack } from '../support/stack.ts';

let redis: WatchedRedis;
let stack: Stack;
beforeAll(async () => {
  redis = await startWatchedRedis();
  stack = await openStack({ REDIS_URL: redis.url });
});
afterAll(async () => {
  await stack?.dispose();
  await redis?.dispose();
});

test('Redis fails over to its replica in mid-turn: the turn finishes, and every acknowledged prompt comes to its end', async () => {
  const hold = gate();
  stack.model.script('over', [
    { calls: [bash('echo ran >> f; cat f')] },
    { say: ['It', hold.wait, ' ran.'], calls: [bash('echo again >> f; cat f')] },
    done('Done.'),
  ]);
  stack.model.script('next', () => done('Next.'));
  const session = await stack.ask('Do it #over');
  await stack.model.asked('over', 2);
  // Acknowledged right before the one that took them dies.
  const texts = Array.from({ length: 5 }, (_, n) => `Then ${n} #next`);
  const send = (text: string) => ({ sessionId: session.sessionId, requestId: newRequestId(), text });
  const before = await Promise.all(texts.map(text => stack.client.http['prompt.send'](send(text))));
  expect(before.map(({ ok }) => ok)).toEqual(texts.map(() => true));
  const over = redis.failOver();
  const late = send('While nobody writes #next');
  const acknowledged = insist(() => stack.client.http['prompt.send'](late));
  await over;
  hold.open();
  await acknowledged;
  await session.until(
    ({ head, items }) =>
      items.some(item => item.kind === 'prompt' && item.text === late.text) &&
      head.turn === null &&
      head.queue.length === 0,
    'the end of all',
  );
  checkLog(await readLog(stack.client, session.sessionId));
  const queued = session.all('prompt.queued').map(({ data }) => data.text);
  expect(queued.toSorted()).toEqual(['Do it #over', late.text, ...texts].toSorted());
  expect(session.all('turn.finished').every(({ data }) => data.outcome === 'done')).toBe(true);
  expect(session.all('tool.finished').map(({ data }) => data.output.trim())).toEqual(['ran', 'ran\nagain']);
});
