import { expect, test } from '@jest/globals';
import { oneAtATime } from './oneAtATime.ts';

test('works of one key follow each other, whatever becomes of them, and wait for no other key', async () => {
  const works = oneAtATime<string>();
  const order: string[] = [];
  const hold = Promise.withResolvers<void>();
  const first = works.run('a', async () => {
    await hold.promise;
    order.push('first');
    throw new Error('no');
  });
  const second = works.run('a', async () => {
    order.push('second');
    return 2;
  });
  expect(
    await works.run('b', async () => {
      order.push('other');
      return 'b';
    }),
  ).toBe('b');
  hold.resolve();
  await expect(first).rejects.toThrow('no');
  expect(await second).toBe(2);
  expect(order).toEqual(['other', 'first', 'second']);
});

test('settled waits for all that was asked for before, and for nothing where there is none', async () => {
  const works = oneAtATime<string>();
  let done = 0;
  const work = async () => {
    await Promise.resolve();
    done += 1;
  };
  void works.run('a', work);
  void works.run('a', work);
  await works.settled('a');
  expect(done).toBe(2);
  await works.settled('nobody');
});
