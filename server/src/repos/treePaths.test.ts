import { expect, test } from '@jest/globals';
import { fittingPaths } from './treePaths.ts';

test('names that begin with it stand before those that have it, paths that have it, and its letters in order', () => {
  const paths = ['deep/in/total/a.ts', 'src/subtotal.ts', 'src/Total.ts', 'to/be/tell', 'README.md'];
  expect(fittingPaths(paths, 'total', 10)).toEqual(['src/Total.ts', 'src/subtotal.ts', 'deep/in/total/a.ts']);
  expect(fittingPaths(paths, 'srcts', 10)).toEqual(['src/Total.ts', 'src/subtotal.ts']);
  expect(fittingPaths(paths, '', 2)).toEqual(['README.md', 'to/be/tell']);
  expect(fittingPaths(paths, 'zebra', 10)).toEqual([]);
});
