import { expect, test } from '@jest/globals';
import { type TreeNode, treeOf } from './tree.ts';

const drawn = (nodes: TreeNode<{ path: string }>[], depth = 0): string[] =>
  nodes.flatMap(node => [`${' '.repeat(depth)}${node.name}`, ...drawn(node.children, depth + 1)]);

test('files stand in their folders, and a folder in a folder alone is one line', () => {
  const paths = ['README.md', 'src/deep/down/a.ts', 'src/deep/down/b.ts', 'test/x/c.ts', 'test/d.ts'];
  expect(drawn(treeOf(paths.map(path => ({ path }))))).toEqual([
    'README.md',
    'src/deep/down',
    ' a.ts',
    ' b.ts',
    'test',
    ' x',
    '  c.ts',
    ' d.ts',
  ]);
  expect(treeOf([])).toEqual([]);
});
