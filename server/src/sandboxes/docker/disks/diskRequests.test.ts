import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { expect, test } from '@jest/globals';
import { diskRequests } from './diskRequests.ts';

const quiet = () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });

test('a stream that breaks, as one of an engine that was killed, answers whoever waits and ends there', async () => {
  const rejections: unknown[] = [];
  const note = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', note);
  const stream = quiet();
  const opening = diskRequests(stream);
  stream.push(`${JSON.stringify({ request: 0, ok: true, answer: { mode: 'sparse' } })}\n`);
  const requests = await opening;
  const answer = requests?.ask<'make'>({ op: 'make', id: 'one', bytes: 1 });
  const closed = once(
    stream.on('error', () => {}),
    'close',
  ).catch(() => {});
  stream.destroy(new Error('read ECONNRESET'));
  await closed;
  expect(await answer).toBeUndefined();
  expect(requests?.isOver()).toBe(true);
  await new Promise(resolve => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
});

test('a stream that ends before its first word opens nothing', async () => {
  const stream = quiet();
  const opening = diskRequests(stream);
  stream.push(null);
  expect(await opening).toBeUndefined();
});
