import type { ShownChild } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import { childBlocks } from './children.ts';

const child = (n: number, more: Partial<ShownChild> = {}): ShownChild => ({
  ...{ childId: `ses_00000${n}`, repo: 'web', title: `Part ${n}`, state: 'works' },
  ...more,
});
const text = (children: ShownChild[]) =>
  JSON.stringify(childBlocks(children, 'https://deckhand.test/sessions/ses_000009'));

test('each session that the agent began is one line, with what it does and where it is', () => {
  const shown = text([
    child(1),
    child(2, { state: 'blocked', why: 'bash: rm -rf <all>' }),
    child(3, { state: 'ended', end: { outcome: 'failed' } }),
  ]);
  expect(shown).toContain('<https://deckhand.test/sessions/ses_000001|Part 1> on web: Running');
  expect(shown).toContain('Waiting for approval: bash: rm -rf &lt;all&gt;');
  expect(shown).toContain('|Part 3> on web: Failed');
  expect(childBlocks([], 'https://deckhand.test/sessions/ses_000009')).toEqual([]);
});

test('of many the newest are shown; a title that writes Slack is written out', () => {
  const many = Array.from({ length: 20 }, (_, n) => child(n, { title: '<!channel> & all' }));
  const shown = text(many);
  expect(shown).toContain('10 sessions before');
  expect(shown).not.toContain('<!channel>');
});
