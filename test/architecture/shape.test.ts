import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root, sources } from './sources.ts';

const linesOf = (file: string) => readFileSync(join(root, file), 'utf8').split('\n').length - 1;

test('no file is over 300 lines, and half of them are under 120', () => {
  const sizes = sources.map(file => ({ file, lines: linesOf(file) }));
  expect(sizes.filter(({ lines }) => lines > 300)).toEqual([]);
  const sorted = sizes.map(({ lines }) => lines).toSorted((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(120);
});

test('the top level is the house as it was drawn', () => {
  const rooms = readdirSync(root, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map(entry => entry.name);
  expect(rooms.toSorted()).toEqual(['docs', 'extension', 'sandbox', 'server', 'shared', 'slackbot', 'test']);
});

test('the lock file names no registry', () => {
  expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": "https?:/);
});
