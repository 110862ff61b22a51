import { expect, test } from '@jest/globals';
import { parseFilefrag, unionBytes } from './extents.ts';

const told = `Filesystem type is: 58465342
File size of /disks/a b.img is 12288 (24 blocks of 512 bytes)
 ext:     logical_offset:        physical_offset: length:   expected: flags:
   0:        0..       7:       1000..      1007:      8:             shared
   1:       16..      23:       2000..      2007:      8:       1008: last,shared,eof
/disks/a b.img: 2 extents found
File size of /disks/c.img is 8192 (16 blocks of 512 bytes)
 ext:     logical_offset:        physical_offset: length:   expected: flags:
   0:        0..       7:       1000..      1007:      8:             shared
   1:        8..      15:          0..         7:      8:             last,unknown_loc,delalloc,eof
/disks/c.img: 2 extents found
File size of /disks/empty.img is 0 (0 blocks of 512 bytes)
/disks/empty.img: 0 extents found
`;

test('blocks that files share count once, those that have no place yet for each', () => {
  const files = parseFilefrag(told);
  expect([...files.keys()]).toEqual(['/disks/a b.img', '/disks/c.img', '/disks/empty.img']);
  expect(unionBytes(files.get('/disks/a b.img') ?? [])).toBe(16 * 512);
  expect(unionBytes([...files.values()].flat())).toBe((8 + 8 + 8) * 512);
});

test.each([
  [
    [
      [0, 10],
      [5, 15],
    ],
    15,
  ],
  [
    [
      [0, 10],
      [10, 20],
    ],
    20,
  ],
  [
    [
      [0, 100],
      [10, 20],
      [90, 110],
    ],
    110,
  ],
  [
    [
      [50, 60],
      [0, 10],
    ],
    20,
  ],
  [[], 0],
])('%j are %d', (extents, bytes) => {
  expect(unionBytes(extents.map(([from = 0, to = 0]) => ({ from, to })))).toBe(bytes);
});
