import { expect, test } from '@jest/globals';
import { attemptsMessage, compareMessage, takenMessage } from './attempts.ts';

const place = { sessionId: 'ses_000009', pageUrl: 'https://deckhand.test/sessions/ses_000009' };
const begun = (n: number) => ({ n, childId: `ses_00000${n}`, label: `Attempt ${n}` });

test('each attempt is one line that leads to it; all can be stopped', () => {
  const author = { userId: 'u', name: 'Ana' };
  const data = { groupId: 'grp_000001', title: '<!channel> mend', author, attempts: [begun(1), begun(2)] };
  const text = JSON.stringify(attemptsMessage(data, place));
  expect(text).toContain('<https://deckhand.test/sessions/ses_000002|Attempt 2>');
  expect(text).toContain('stop_attempts');
  expect(text).not.toContain('<!channel>');
});

test('those that came to something can be taken, in their order; nothing can where none did', () => {
  const attempts = [
    { ...begun(2), outcome: 'done' as const, words: 'Mends test' },
    { ...begun(1), outcome: 'failed' as const, words: '<b>' },
  ];
  const ready = JSON.stringify(compareMessage({ groupId: 'grp_000001', state: 'ready', attempts }, place));
  expect(ready.indexOf('Attempt 2')).toBeLessThan(ready.indexOf('Attempt 1'));
  expect(ready).toContain('Take 2');
  expect(ready).not.toContain('Take 1');
  expect(ready).toContain('&lt;b&gt;');
  const failed = JSON.stringify(compareMessage({ groupId: 'grp_000001', state: 'failed', attempts }, place));
  expect(failed).not.toContain('Take ');
  const taken = takenMessage({ groupId: 'g', n: 2, childId: 'c', by: { userId: 'u', name: 'A & B' } });
  expect(JSON.stringify(taken)).toContain('A &amp; B took attempt 2');
});
