import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root, sources } from './sources.ts';

test('Lua runs as defined commands only: nothing sends a script whole', () => {
  const found = sources
    .filter(file => file.startsWith('server/src/'))
    .filter(file => /\.eval\(/.test(readFileSync(join(root, file), 'utf8')));
  expect(found).toEqual([]);
});
