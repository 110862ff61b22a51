import { expect, test } from '@jest/globals';
import { followOutput } from './installProgress.ts';

test('each command is told at once, of its output a line now and then, and its end is kept', () => {
  const told: string[] = [];
  let nowMs = 0;
  const output = followOutput(
    detail => told.push(detail),
    () => nowMs,
  );
  output.push('\n$ install: npm ci\n');
  output.push('one\ntw');
  nowMs = 12_000;
  output.push('o\rthree\n');
  output.push('four\n');
  output.push('\n$ build: make\n');
  expect(told).toEqual(['Runs install: npm ci', 'three', 'Runs build: make']);
  expect(output.end()).toMatch(/The end of its output:\n\$ install[\s\S]*four/);
});

test('a log of any length is some words', () => {
  const told: string[] = [];
  const output = followOutput(detail => told.push(detail));
  for (let i = 0; i < 1_000; i++) output.push(`$ step ${i}: ${'x'.repeat(500)}\n`);
  expect(told.length).toBeLessThanOrEqual(40);
  expect(Math.max(...told.map(each => each.length))).toBeLessThanOrEqual(160);
  expect(output.end().length).toBeLessThan(2_100);
});
