import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Slots } from './slots.ts';

const settled = () => new Promise(resolve => setImmediate(resolve));

test('never more than there are, first come first served, and one that goes out of the line loses no slot', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.nat(2), { maxLength: 40 }),
      async (count, acts) => {
        const slots = new Slots(count);
        const held: (() => void)[] = [];
        const line: { n: number; leave: AbortController }[] = [];
        const came: number[] = [];
        let next = 0;
        for (const act of acts) {
          if (act === 0) {
            const n = next++;
            const leave = new AbortController();
            line.push({ n, leave });
            slots.take(leave.signal).then(
              release => {
                came.push(n);
                held.push(release);
                line.splice(
                  line.findIndex(each => each.n === n),
                  1,
                );
              },
              () => {},
            );
          } else if (act === 1) held.shift()?.();
          else line.splice(line.length - 1, 1)[0]?.leave.abort();
          await settled();
          expect(held.length).toBeLessThanOrEqual(count);
          if (line.length > 0) expect(held.length).toBe(count);
        }
        expect(came).toEqual(came.toSorted((a, b) => a - b));
      },
    ),
  );
});

test('who is called up and leaves in the same moment gives the slot to the next', async () => {
  const slots = new Slots(1);
  const release = await slots.take(new AbortController().signal);
  const leave = new AbortController();
  const second = slots.take(leave.signal).catch(() => 'left');
  const third = slots.take(new AbortController().signal);
  leave.abort();
  release();
  expect(await second).toBe('left');
  expect(await third).toBeInstanceOf(Function);
});
