import { expect, test } from '@jest/globals';
import { orAbort } from './orAbort.ts';

const never = new Promise<void>(() => {});

test('waiting under a signal that is aborted already rejects like any other, and can be caught as one', async () => {
  const over = AbortSignal.abort(new Error('deadline'));
  await expect(orAbort(never, over).catch(error => (error as Error).message)).resolves.toBe('deadline');
});

test('what was waited for and fails later, after an abort, is no unhandled rejection', async () => {
  const rejections: unknown[] = [];
  const note = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', note);
  const failing = Promise.withResolvers<void>();
  await orAbort(failing.promise, AbortSignal.abort(new Error('stopped'))).catch(() => {});
  failing.reject(new Error('the fence is over'));
  await new Promise(resolve => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
});

test('an abort while waiting rejects with its reason; a promise that is quicker wins', async () => {
  const stop = new AbortController();
  const waiting = orAbort(never, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toMatchObject({ message: 'stopped' });
  await expect(orAbort(Promise.resolve('there'), new AbortController().signal)).resolves.toBe('there');
});
