import { expect, test } from '@jest/globals';
import { inputText, settleLines, summaryBeyond, toolTitle } from './timeline/toolWords.ts';
import {
  bytes,
  costText,
  count,
  duration,
  initials,
  ordinal,
  placeWords,
  relativeTime,
  sandboxText,
  typingText,
  usageText,
} from './words.ts';

test('durations read as people say them', () => {
  expect([40, 999, 1240, 12_400, 59_700, 61_000, 3_720_000].map(duration)).toEqual([
    '40 ms',
    '1.0 s',
    '1.2 s',
    '12 s',
    '1 min 0 s',
    '1 min 1 s',
    '1 h 2 min',
  ]);
});

test('large numbers are shortened', () => {
  expect([7, 999, 1000, 1250, 48_200, 1_200_000].map(count)).toEqual([
    '7',
    '999',
    '1k',
    '1.3k',
    '48k',
    '1.2M',
  ]);
});

test('sizes read in the unit that suits them', () => {
  const mib = 1024 ** 2;
  expect([512, 1536, 3 * mib, 640 * mib, 1023 * mib, 12.4 * 1024 * mib].map(bytes)).toEqual([
    '512 B',
    '1.5 KiB',
    '3 MiB',
    '640 MiB',
    '1 GiB',
    '12 GiB',
  ]);
});

test('a sandbox is told of in one sentence: where it came from, how long it took, what it waits for', () => {
  expect(sandboxText({ state: 'ready', from: 'pool', durationMs: 0 })).toBe('Sandbox ready, from the pool');
  expect(sandboxText({ state: 'ready', from: 'image', durationMs: 1240 })).toBe(
    'Sandbox ready in 1.2 s, from the repository’s image',
  );
  expect(sandboxText({ state: 'ready', durationMs: 20_300 })).toBe('Waited 20 s for the sandbox');
  const detail = 'No room for another sandbox yet: place 2 in line.';
  expect(sandboxText({ state: 'warming', from: 'image', detail })).toBe(detail);
});

test('a place in the queue is said in words', () => {
  expect(placeWords({ place: 1 })).toBe('Queued, next in line');
  expect(placeWords({ place: 2 })).toBe('Queued, 2nd in line');
  expect(placeWords({ place: 2, follows: true, held: true })).toBe('Held, runs with the one above');
  expect([11, 12, 13, 21, 22, 103].map(ordinal)).toEqual(['11th', '12th', '13th', '21st', '22nd', '103rd']);
});

test('usage is silent where no step was made', () => {
  const usage = { inputTokens: 48_200, outputTokens: 900, cachedInputTokens: 40_000, steps: 3 };
  expect(usageText(usage)).toBe('3 steps · 48k tokens in (40k cached), 900 out');
  expect(usageText({ ...usage, steps: 0 })).toBe('');
});

test('initials survive odd names', () => {
  expect(['Ana Maria Lopez', 'ana', 'ana.lopez', '', '🚢 ship'].map(initials)).toEqual([
    'AL',
    'A',
    'AL',
    '?',
    '🚢S',
  ]);
});

test('times are relative to now', () => {
  const now = Date.UTC(2026, 10, 21, 12);
  const ago = (seconds: number) => relativeTime(now - seconds * 1000, now);
  expect([3, 60, 7200, 90_000, 260_000].map(ago)).toEqual([
    'just now',
    '1 min ago',
    '2 h ago',
    'yesterday',
    '3 days ago',
  ]);
});

test('one, two and many people type', () => {
  expect([[], ['Ana'], ['Ana', 'Bo'], ['Ana', 'Bo', 'Cy']].map(typingText)).toEqual([
    '',
    'Ana is typing…',
    'Ana and Bo are typing…',
    '3 people are typing…',
  ]);
});

test('a tool call is titled by what it acts on', () => {
  expect(toolTitle('bash', { command: 'npm test\necho' })).toEqual({ verb: 'Run', object: 'npm test' });
  expect(toolTitle('unheard_of', { n: 1, name: 'x' })).toEqual({ verb: 'unheard_of', object: 'x' });
  expect(toolTitle('read', null)).toEqual({ verb: 'Read', object: '' });
  expect(inputText('bash', { command: 'ls' })).toBe('');
  expect(inputText('bash', { command: 'ls\npwd' })).toBe('ls\npwd');
  expect(inputText('read', { path: 'a' })).toBe('{\n  "path": "a"\n}');
  expect(inputText('bash', undefined)).toBe('');
});

test('a summary says nothing that its line says already', () => {
  const beyond = (summary: string) => summaryBeyond(summary, 'src/a.ts');
  expect(beyond('src/a.ts, 7 lines')).toBe('7 lines');
  expect(beyond('edited src/a.ts, line 3')).toBe('line 3');
  expect(beyond('src/a.ts')).toBe('');
  expect(beyond('the old text does not occur in src/a.ts')).toBe('the old text does not occur in src/a.ts');
  expect(summaryBeyond('exit code 1 after 3.6 s', 'npm test')).toBe('exit code 1');
});

test('output that was written over shows as a terminal would', () => {
  expect(settleLines('10%\r50%\r100%\ndone\r\nok')).toBe('100%\ndone\nok');
});

test('a turn says what it cost; its tokens where no price is known, and nothing where no model was asked', () => {
  const usage = { inputTokens: 12_000, cachedInputTokens: 0, outputTokens: 300, steps: 2 };
  expect(costText(usage, 1.234)).toBe('2 steps · $1.23');
  expect(costText(usage, 0.004)).toBe('2 steps · under $0.01');
  expect(costText(usage, 0)).toBe('2 steps · $0.00');
  expect(costText(usage, 1234.5)).toBe('2 steps · $1,234.50');
  expect(costText(usage, undefined)).toBe('2 steps · 12k tokens in, 300 out');
  expect(costText({ ...usage, steps: 0 }, 0)).toBe('');
});
