import { expect, test } from '@jest/globals';
import type { Context } from './context.ts';
import { RememberedContext } from './rememberedContext.ts';

const empty = (): Context => ({
  version: null,
  newest: 0,
  entries: [],
  length: 0,
  measure: null,
  window: null,
  skips: [],
});

test('a read that failed is tried again; what is written is put behind what was read', async () => {
  let reads = 0;
  const remembered = new RememberedContext(async () => {
    reads += 1;
    if (reads === 1) throw new Error('no store');
    return empty();
  });
  await expect(remembered.read()).rejects.toThrow('no store');
  expect((await remembered.read()).length).toBe(0);
  await remembered.add([{ role: 'user', content: 'Hi' }], async () => {});
  expect((await remembered.read()).entries).toEqual([{ place: 0, message: { role: 'user', content: 'Hi' } }]);
  expect(reads).toBe(2);
});

test('after a write of which nobody knows whether it was done, all is read anew', async () => {
  let reads = 0;
  const remembered = new RememberedContext(async () => {
    reads += 1;
    return empty();
  });
  await remembered.read();
  const lost = remembered.add([{ role: 'user', content: 'Hi' }], () => Promise.reject(new Error('lost')));
  await expect(lost).rejects.toThrow('lost');
  await remembered.read();
  expect(reads).toBe(2);
});
