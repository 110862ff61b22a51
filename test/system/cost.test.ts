import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, gate } from '../emulators/model/index.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({
    DECKHAND_PRICES: JSON.stringify({ 'scripted-1': { input: 2, cachedInput: 0.5, output: 10 } }),
    // No sandbox is needed here.
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
  });
});
afterAll(() => stack?.dispose());

test('a turn says what it cost, and when the first word of its model came', async () => {
  const hold = gate();
  stack.model.script('priced', [{ say: ['One ', hold.wait, 'two'], usage: { input: 3_000, output: 500 } }]);
  const session = await stack.ask('Say it #priced');
  await session.until(view => view.drafts.some(draft => draft.text === 'One '), 'the first word');
  const seenAt = Date.now();
  hold.open();
  const { at, data } = await session.finished();
  expect(data).toMatchObject({ outcome: 'done', usage: { inputTokens: 3_000, outputTokens: 500 } });
  expect(data.costUsd).toBe(0.011);
  const started = await session.event('turn.started');
  const firstMs = Date.parse(data.firstTokenAt ?? '');
  expect(firstMs).toBeGreaterThanOrEqual(Date.parse(started.at));
  expect(firstMs).toBeLessThanOrEqual(Math.min(seenAt, Date.parse(at)));
});

test('kill -9 after the first word: it is still the first word, and each model call that counted is paid once', async () => {
  const never = gate();
  stack.model.script('again', [
    {
      faults: [{ fault: 'cut', say: ['Half', never.wait] }],
      ...done('Whole.'),
      usage: { input: 1_000, output: 0 },
    },
  ]);
  const session = await stack.ask('Say it #again');
  await session.until(view => view.drafts.some(draft => draft.text === 'Half'), 'the first word');
  await stack.server.crash();
  const crashedMs = Date.now();
  await stack.server.restart();
  const { data } = await session.finished();
  expect(data).toMatchObject({ outcome: 'done', costUsd: 0.002 });
  expect(Date.parse(data.firstTokenAt ?? '')).toBeLessThan(crashedMs);
});
