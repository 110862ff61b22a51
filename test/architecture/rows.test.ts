import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { attacks } from '../attacks/rows.ts';
import { faults } from '../faults/rows.ts';
import { root } from './sources.ts';

test('every row of attacks and faults names tests that there are', () => {
  const missing = [...attacks, ...faults].flatMap(({ row, tests }) =>
    tests.flatMap(({ file, title }) => {
      const path = join(root, file);
      if (!existsSync(path)) return `${row}: there is no ${file}`;
      return title === undefined || readFileSync(path, 'utf8').includes(title)
        ? []
        : `${row}: ${file} has no "${title}"`;
    }),
  );
  expect(missing).toEqual([]);
});

test('no row stands twice, and each says what is expected', () => {
  const names = [...attacks, ...faults].map(({ area, row }) => `${area}: ${row}`);
  expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([]);
  expect(
    [...attacks, ...faults].filter(({ expected, tests }) => expected === '' || tests.length === 0),
  ).toEqual([]);
});
