import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done } from '../emulators/model/index.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.dispose());

test('a call of ten megabytes is not carried along: the model is told, and the turn goes on', async () => {
  const content = 'x'.repeat(10 * 1024 * 1024);
  stack.model.script('huge', [
    { calls: [{ tool: 'write', input: { path: 'huge.txt', content } }] },
    done('Smaller, then.'),
  ]);
  const session = await stack.ask('Write it #huge');
  expect((await session.finished()).data.outcome).toBe('done');
  const [, second] = stack.model.askings('huge');
  expect(JSON.stringify(second?.messages ?? '').length).toBeLessThan(1024 * 1024);
  const log = await readLog(stack.client, session.sessionId);
  checkLog(log);
  expect(Math.max(...log.map(event => JSON.stringify(event).length))).toBeLessThanOrEqual(64 * 1024);
  expect((await stack.server.memoryBytes()) / 1024 / 1024).toBeLessThan(600);
});

test('an answer without an end is cut off, and the turn says so; the server goes on', async () => {
  const piece = 'x'.repeat(1024 * 1024);
  stack.model.script('endless', [{ say: Array(300).fill(piece) }]);
  const session = await stack.ask('Speak #endless');
  expect((await session.finished()).data).toMatchObject({
    outcome: 'failed',
    error: { code: 'model_unavailable', message: expect.stringContaining('128 MiB') },
  });
  expect(await stack.model.askings('endless')[0]?.end).toBe('aborted');
  const log = await readLog(stack.client, session.sessionId);
  checkLog(log);
  expect(Math.max(...log.map(event => JSON.stringify(event).length))).toBeLessThanOrEqual(64 * 1024);
  expect((await stack.server.memoryBytes()) / 1024 / 1024).toBeLessThan(1_200);
  stack.model.script('after', [done('Still here.')]);
  await stack.send(session.sessionId, 'Go on #after');
  expect((await session.finished(2)).data.outcome).toBe('done');
});
