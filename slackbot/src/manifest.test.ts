import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { manifest } from './manifest.ts';

test('what people paste is what the compiler has checked against the types of Slack’s own package', async () => {
  const text = await readFile(new URL('../manifest.json', import.meta.url), 'utf8');
  expect(JSON.parse(text)).toEqual(manifest);
});
