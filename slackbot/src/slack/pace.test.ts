import { expect, test } from '@jest/globals';
import { Pace, tiers } from './pace.ts';

function clocked(limits: Record<string, number> = tiers) {
  let nowMs = 1_000_000;
  const pace = new Pace(() => nowMs, limits);
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { pace, pass };
}

test('no minute holds more calls than the tier allows, however they are asked for', () => {
  const { pace, pass } = clocked();
  const taken: number[] = [];
  for (let at = 0; at < 180_000; at += 50) {
    if (pace.take('chat.update', 'C1', true)) taken.push(at);
    pass(50);
  }
  const most = Math.max(...taken.map(from => taken.filter(at => at >= from && at < from + 60_000).length));
  expect(most).toBeLessThanOrEqual(tiers['chat.update'] ?? 0);
  expect(most).toBeGreaterThan(40);
});

test('what somebody waits for finds room that progress leaves', () => {
  const { pace } = clocked();
  while (pace.take('chat.postMessage', 'C1', false));
  while (pace.take('chat.update', null, false));
  expect(pace.take('chat.update', null, true)).toBe(true);
});

test('one channel takes a message a second, others are not held up by it', () => {
  const { pace, pass } = clocked();
  while (pace.take('chat.postMessage', 'C1', true));
  expect(pace.waitMs('chat.postMessage', 'C1', true)).toBeGreaterThan(0);
  expect(pace.take('chat.postMessage', 'C2', true)).toBe(true);
  pass(1_100);
  expect(pace.take('chat.postMessage', 'C1', true)).toBe(true);
});

test('a pause that Slack asks for holds for that method alone', () => {
  const { pace, pass } = clocked();
  pace.block('chat.update', 30);
  expect(pace.take('chat.update', null, true)).toBe(false);
  expect(pace.take('chat.postMessage', 'C1', true)).toBe(true);
  pass(29_000);
  expect(pace.take('chat.update', null, true)).toBe(false);
  pass(2_000);
  expect(pace.take('chat.update', null, true)).toBe(true);
});
