import { expect, test } from '@jest/globals';
import { ThreadOrder } from './threadOrder.ts';

test('messages of a thread wait for each other, also behind one that failed; those of others do not', async () => {
  const order = new ThreadOrder();
  const seen: string[] = [];
  const held = Promise.withResolvers<void>();
  const first = order.after('a', async () => {
    await held.promise;
    seen.push('a1');
    throw new Error('this one fails');
  });
  const second = order.after('a', async () => void seen.push('a2'));
  await order.after('b', async () => void seen.push('b1'));
  held.resolve();
  await expect(first).rejects.toThrow('this one fails');
  await second;
  expect(seen).toEqual(['b1', 'a1', 'a2']);
});
