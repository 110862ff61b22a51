import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, write } from '../emulators/model/index.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ DECKHAND_SANDBOX_DISK_BYTES: String(64 * 1024 * 1024) });
});
afterAll(() => stack.dispose());

test('a full disk is told to the model, which makes room and goes on', async () => {
  stack.model.script('full', [
    { calls: [bash('head -c 200000000 /dev/zero > /work/repo/big')] },
    { calls: [write('more.txt', 'x'.repeat(200_000))] },
    { calls: [bash('rm big && echo room'), write('small.txt', 'fits\n')] },
    done('Made room.'),
  ]);
  const session = await stack.ask('Fill it #full');
  expect((await session.finished()).data.outcome).toBe('done');
  const results = session.all('tool.finished').map(event => event.data);
  expect(results[0]).toMatchObject({ ok: false });
  expect(results[0]?.summary).toMatch(/disk is full/);
  expect(results[1]).toMatchObject({ ok: false });
  expect(results[1]?.output).toMatch(/full|space/i);
  expect(results.slice(2)).toMatchObject([{ ok: true }, { ok: true }]);
  expect(session.all('change.opened')).toHaveLength(1);
});

test('a turn that ends on a full disk fails with disk_full and says what to do', async () => {
  stack.model.script('stuffed', [
    { calls: [bash('head -c 200000000 /dev/urandom > /work/repo/big')] },
    done(),
  ]);
  const session = await stack.ask('Stuff it #stuffed');
  const end = await session.finished();
  expect(end.data).toMatchObject({ outcome: 'failed', error: { code: 'disk_full' } });
  expect(end.data.error?.message).toContain('DECKHAND_SANDBOX_DISK_BYTES');
  // Nothing is stuck: the next turn can make room, and its work is kept.
  stack.model.script('room', [
    { calls: [bash('rm big; until echo kept > kept.txt; do sleep 0.2; done')] },
    done(),
  ]);
  await stack.send(session.sessionId, 'Make room #room');
  expect((await session.finished(2)).data.outcome).toBe('done');
});
