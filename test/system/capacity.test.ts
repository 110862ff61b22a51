import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { sandboxes } from '../support/estate.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ DECKHAND_SANDBOXES_MAX: '2' });
});
afterAll(() => stack.dispose());

test('where there is no room sessions wait in line, their place shown, and none fails', async () => {
  const held = gate();
  // Each works first, and thinks then until it may go on: its sandbox is in use all the while.
  stack.model.script('hold', [
    { calls: [bash('echo in')] },
    { say: held.wait, calls: [bash('echo out')] },
    done(),
  ]);
  const first = [await stack.ask('One #hold'), await stack.ask('Two #hold')];
  await Promise.all(first.map(session => session.event('tool.finished')));
  const third = await stack.ask('Three #hold');
  await third.until(view => view.head.sandbox?.detail?.includes('place 1') ?? false, 'its place');
  const fourth = await stack.ask('Four #hold');
  await fourth.until(view => view.head.sandbox?.detail?.includes('place 2') ?? false, 'its place');
  expect((await sandboxes(stack.client, () => true)).length).toBe(2);

  // One that is stopped leaves the line; those behind move up.
  await stack.stop(third.sessionId);
  expect((await third.finished()).data.outcome).toBe('stopped');
  await fourth.until(view => view.head.sandbox?.detail?.includes('place 1') ?? false, 'the next place');

  // Idle sessions go to sleep for those that wait.
  held.open();
  for (const session of [...first, fourth]) expect((await session.finished()).data.outcome).toBe('done');
  expect(first.some(session => session.all('sandbox.state').at(-1)?.data.state === 'asleep')).toBe(true);
});

test('a sleeper that gave its room away comes back with its files', async () => {
  stack.model.script('mark', [
    { calls: [write('mark.txt', 'mine\n'), bash('echo x > .git/ignored-here')] },
    done(),
  ]);
  stack.model.script('see', [{ calls: [bash('cat mark.txt .git/ignored-here')] }, done()]);
  const mine = await stack.ask('Mark #mark');
  await mine.finished();
  const others = [await stack.ask('One #see'), await stack.ask('Two #see')];
  await Promise.all(others.map(session => session.finished()));
  await stack.send(mine.sessionId, 'See #see');
  expect((await mine.finished(2)).data.outcome).toBe('done');
  expect(mine.all('tool.finished').at(-1)?.data.output).toBe('mine\nx\n');
});

test('when the budget for disks is used up sessions wait, too, and go on once there is room', async () => {
  const budget = 300 * 1024 * 1024;
  const small = await openStack({ DECKHAND_DISK_BUDGET_BYTES: String(budget) });
  try {
    const held = gate();
    small.model.script('fill', [
      { calls: [bash('head -c 250M /dev/urandom > big && sync && echo in')] },
      { say: held.wait, calls: [bash('rm big && sync && echo out')] },
      done(),
    ]);
    small.model.script('look', [{ calls: [bash('echo looked')] }, done()]);
    const full = await small.ask('Fill #fill');
    await full.event('tool.finished');
    const waiting = await small.ask('Look #look');
    await waiting.until(view => view.head.sandbox?.detail?.includes('place 1') ?? false, 'its place');
    held.open();
    expect((await waiting.finished()).data.outcome).toBe('done');
    expect((await full.finished()).data.outcome).toBe('done');
  } finally {
    await small.dispose();
  }
});
