import { expect, test } from '@jest/globals';
import { Interrupted, orAbort } from './turnControl.ts';

const never = new Promise<void>(() => {});

test('waiting under a signal that is aborted already rejects like any other, and can be caught as one', async () => {
  const over = AbortSignal.abort(new Interrupted('deadline'));
  await expect(orAbort(never, over).catch(error => (error as Interrupted).kind)).resolves.toBe('deadline');
});

test('what was waited for and fails later, after an abort, is no unhandled rejection', async () => {
  const rejections: unknown[] = [];
  const note = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', note);
  const failing = Promise.withResolvers<void>();
  await orAbort(failing.promise, AbortSignal.abort(new Interrupted('stopped'))).catch(() => {});
  failing.reject(new Error('the fence is over'));
  await new Promise(resolve => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
});

test('an abort while waiting rejects with its reason; a promise that is quicker wins', async () => {
  const stop = new AbortController();
  const waiting = orAbort(never, stop.signal);
  stop.abort(new Interrupted('stopped'));
  await expect(waiting).rejects.toMatchObject({ kind: 'stopped' });
  await expect(orAbort(Promise.resolve('there'), new AbortController().signal)).resolves.toBe('there');
});
