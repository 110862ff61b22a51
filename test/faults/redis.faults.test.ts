import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newRequestId } from '@deckhand/shared/client';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate } from '../emulators/model/index.ts';
import { insist } from '../support/insist.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { endRedis, killRedis, redisOf } from '../support/redis.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterEach(async () => {
  const redis = await redisOf(stack.server);
  await redis.config('SET', 'maxmemory', '0');
  redis.disconnect();
});
afterAll(() => stack.dispose());

const soak = process.env.DECKHAND_TEST_SOAK !== undefined;

test('Redis that stands still in mid-turn: nothing is lost, and the turn goes on when it does', async () => {
  const hold = gate();
  stack.model.script('still', [
    { say: ['Wait', hold.wait, ' for it.'], calls: [bash('echo x >> st; cat st')] },
    done(),
  ]);
  const session = await stack.ask('Do it #still');
  await stack.model.asked('still');
  const redis = await redisOf(stack.server);
  const pid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
  redis.disconnect();
  process.kill(pid, 'SIGSTOP');
  try {
    hold.open();
    await sleep(soak ? 60_000 : 15_000);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('tool.finished').map(({ data }) => data.output.trim())).toEqual(['x']);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('Redis that is full refuses prompts in words, loses nothing, and works once there is room', async () => {
  stack.model.script('full', () => done('Yes.'));
  const session = await stack.ask('Before #full');
  await session.finished();
  const redis = await redisOf(stack.server);
  await redis.config('SET', 'maxmemory', '1');
  const prompt = { sessionId: session.sessionId, requestId: newRequestId(), text: 'While it is full #full' };
  const refused = await stack.client.http['prompt.send'](prompt);
  expect(refused).toMatchObject({ ok: false, retryable: true });
  expect(refused.ok ? '' : refused.message).toMatch(/^Redis is full: /);
  // What only reads still does.
  expect((await stack.client.http['session.view']({ sessionId: session.sessionId })).ok).toBe(true);
  await redis.config('SET', 'maxmemory', '0');
  redis.disconnect();
  await insist(() => stack.client.http['prompt.send'](prompt));
  expect((await session.finished(2)).data.outcome).toBe('done');
  checkLog(await readLog(stack.client, session.sessionId));
});

test('Redis that becomes full in mid-turn: the turn waits and ends done once there is room', async () => {
  const hold = gate();
  stack.model.script('fills', [
    { say: ['So', hold.wait, ' it goes.'], calls: [bash('echo y >> fl; cat fl')] },
    done(),
  ]);
  const session = await stack.ask('Do it #fills');
  await stack.model.asked('fills');
  const redis = await redisOf(stack.server);
  await redis.config('SET', 'maxmemory', '1');
  hold.open();
  await sleep(5_000);
  await redis.config('SET', 'maxmemory', '0');
  redis.disconnect();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('tool.finished').map(({ data }) => data.output.trim())).toEqual(['y']);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('a tail of Redis’ file that a crash cut off: the log has no gap, and work goes on', async () => {
  stack.model.script('tail', () => done('Yes.'));
  const session = await stack.ask('Before #tail');
  await session.finished();
  const startAgain = await killRedis(stack.server);
  const dir = join(stack.server.dataDir, 'redis', 'appendonlydir');
  const newest =
    (await readdir(dir))
      .filter(name => name.endsWith('.incr.aof'))
      .sort()
      .at(-1) ?? '';
  const { size } = await stat(join(dir, newest));
  await truncate(join(dir, newest), size - 7);
  await startAgain();
  await insist(() =>
    stack.client.http['prompt.send']({
      sessionId: session.sessionId,
      requestId: newRequestId(),
      text: 'After #tail',
    }),
  );
  await session.until(
    ({ head, items }) =>
      items.some(item => item.kind === 'prompt' && item.text === 'After #tail') &&
      head.turn === null &&
      head.queue.length === 0,
    'the end of all',
  );
  checkLog(await readLog(stack.client, session.sessionId));
});

test('Redis that ends by itself is started again, with everything', async () => {
  stack.model.script('ends', () => done('Yes.'));
  const session = await stack.ask('Before #ends');
  await session.finished();
  await endRedis(stack.server);
  await insist(() =>
    stack.client.http['prompt.send']({
      sessionId: session.sessionId,
      requestId: newRequestId(),
      text: 'After #ends',
    }),
  );
  expect((await session.finished(2)).data.outcome).toBe('done');
  checkLog(await readLog(stack.client, session.sessionId));
});
