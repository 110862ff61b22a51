import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { bash, done, write } from '../emulators/model/index.ts';
import { sandboxContainers } from '../support/engine.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { openStack, type Stack } from '../support/stack.ts';
import type { Watch } from '../support/watch.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ DECKHAND_IDLE_MS: '1500', DECKHAND_IDLE_VIEWED_MS: '1500' });
  stack.model.script('work', [
    { calls: [write('kept.txt', 'kept\n'), bash('echo ignored.txt >> .gitignore; echo mine > ignored.txt')] },
    done(),
  ]);
  stack.model.script('look', [{ calls: [bash('cat kept.txt ignored.txt; git status --short')] }, done()]);
});
afterAll(() => stack.dispose());

const asleep = (session: Watch) => session.until(view => view.head.state === 'asleep', 'sleep');
const seen = (session: Watch) => session.all('tool.finished').at(-1)?.data.output;

test('an idle session sleeps without a container, and wakes with its files, those that git ignores too', async () => {
  const session = await stack.ask('Work #work');
  await session.finished();
  for (let turn = 2; turn <= 3; turn++) {
    await asleep(session);
    await stack.send(session.sessionId, 'Look #look');
    expect((await session.finished(turn)).data).toMatchObject({ outcome: 'done' });
    expect(seen(session)).toBe('kept\nmine\n');
  }
  const states = session
    .all('sandbox.state')
    .filter(({ data }) => data.from || data.state === 'asleep')
    .map(({ data }) => [data.state, data.from]);
  expect(states.slice(2, 5)).toEqual([
    ['asleep', undefined],
    ['restoring', 'snapshot'],
    ['ready', 'snapshot'],
  ]);
  expect(session.all('change.opened')).toHaveLength(1);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('a server killed while it puts sessions to sleep loses nothing', async () => {
  const session = await stack.ask('Work #work');
  await session.finished();
  await asleep(session);
  // The log says it before the disk is kept: this is the moment.
  await stack.server.crash();
  await stack.server.restart();
  await stack.send(session.sessionId, 'Look #look');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(seen(session)).toBe('kept\nmine\n');
});

test('without its disk a session still has what git knows', async () => {
  const session = await stack.ask('Work #work');
  await session.finished();
  await asleep(session);
  const redis = new Redis(await stack.server.redisUrl());
  await redis.hset(`dh:{${session.sessionId}}:meta`, 'disk', 'sleep-sbx_gone');
  redis.disconnect();
  await stack.send(session.sessionId, 'Look #look');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(seen(session)).toMatch(/^kept\n/);
});

test('a server that stops leaves nothing of idle sessions running, and they wake with their files', async () => {
  const session = await stack.ask('Work #work');
  await session.finished();
  expect(await sandboxContainers(await stack.server.deploymentId())).not.toEqual([]);
  const beganMs = performance.now();
  expect(await stack.server.stop()).toBe(0);
  expect(performance.now() - beganMs).toBeLessThan(10_000);
  expect(await sandboxContainers(await stack.server.deploymentId())).toEqual([]);
  await stack.server.restart();
  await stack.send(session.sessionId, 'Look #look');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(seen(session)).toBe('kept\nmine\n');
});
