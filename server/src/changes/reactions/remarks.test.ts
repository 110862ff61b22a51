import { expect, test } from '@jest/globals';
import { countReviews, type Remark } from '../../repos/github/reviews.ts';
import { askedOf, markOf } from './remarks.ts';

let lastId = 0;
const remark = (more: Partial<Remark>): Remark => ({
  kind: 'comment',
  id: ++lastId,
  login: 'cleo',
  userId: 7,
  isBot: false,
  body: '',
  at: `2026-01-01T00:00:${String(lastId).padStart(2, '0')}Z`,
  ...more,
});
const asked = (...remarks: Remark[]) =>
  askedOf(remarks, { number: 3, handles: ['deckhand', 'acme-deckhand'] });

test.each([
  ['@deckhand please', 1],
  ['please, @Acme-Deckhand[bot]: now', 1],
  ['(@deckhand)', 1],
  ['mail me at a@deckhand.dev', 0],
  ['@deckhands, @deckhand-fan and deckhand', 0],
  ['no mention', 0],
  ['_@deckhand_ **please**', 1],
  ['> What would\n> @deckhand do?\n\nI do not know.', 0],
  ['> @deckhand did this\ngoes on as part of the quote', 0],
  ['- said elsewhere\n\n  > @deckhand go\n', 0],
  ['> Why?\n\n@deckhand please', 1],
  ['Write `@deckhand please` to ask.', 0],
  ['```\n@deckhand please\n```', 0],
  ['~~~md\n@deckhand please', 0],
  ['Like this:\n\n    @deckhand please\n', 0],
  ['`code` and @deckhand[bot] please', 1],
  ['<!-- @deckhand please -->', 0],
  ['Hidden <!-- @deckhand --> here', 0],
  ['<!-- a <code> that is never closed -->\n\n@deckhand please', 1],
  ['<code>@deckhand</code> and <pre>@deckhand</pre>', 0],
  ['<blockquote>\n\n@deckhand please\n\n</blockquote>\n', 0],
  ['<details><summary>More</summary>\n\n@deckhand please\n\n</details>', 1],
  ['See [@deckhand](https://github.com/apps/deckhand).', 0],
])('a comment %j is %i prompts', (body, count) => {
  expect(asked(remark({ body }))).toHaveLength(count);
});

test('a review that requests changes is one prompt with all its lines, and each is answered in its thread', () => {
  const review = remark({ kind: 'review', state: 'CHANGES_REQUESTED', body: 'Two things.' });
  const lines = ['First.', 'Second.'].map(body =>
    remark({ kind: 'line', body, path: 'a.ts', line: 4, hunk: '@@\n+x', reviewId: review.id }),
  );
  const [found, ...others] = asked(review, ...lines);
  expect(others).toEqual([]);
  expect(found?.lineIds).toEqual(lines.map(({ id }) => id));
  expect(found?.text).toMatch(
    /changes requested:\n\nTwo things\.\n\n`a\.ts` line 4:[\s\S]*First\.[\s\S]*Second\./,
  );
});

test('an approval, a plain comment of a review, and what bots or we ourselves said ask for nothing', () => {
  expect(
    asked(
      remark({ kind: 'review', state: 'APPROVED', body: 'Nice' }),
      remark({ kind: 'review', state: 'COMMENTED', body: 'Hm' }),
      remark({ body: '@deckhand go', isBot: true }),
      remark({ body: `@deckhand ${markOf('x')}` }),
    ),
  ).toEqual([]);
});

test.each(['- ', '1. - ', '>', '['])('a comment of nothing but %j keeps nobody waiting', piece => {
  const startedMs = performance.now();
  const nested = Array.from({ length: 120 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n');
  asked(remark({ body: `${piece.repeat(30_000)}@deckhand` }), remark({ body: `@deckhand\n${nested}` }));
  asked(
    remark({ body: `@deckhand ${piece.repeat(30_000)}` }),
    remark({ body: `@deckhand\n${piece.repeat(30_000)}` }),
  );
  expect(performance.now() - startedMs).toBeLessThan(8_000);
});

test('who quotes what Deckhand said asks for themselves', () => {
  expect(asked(remark({ body: `> So.\n> ${markOf('x')}\n\n@deckhand and now?` }))).toHaveLength(1);
});

test('a remark that an empty list of names could match is none', () => {
  expect(askedOf([remark({ body: 'a @ b' })], { number: 3, handles: [] })).toEqual([]);
});

test('in a thread that Deckhand answered in, nobody need mention it again', () => {
  const root = remark({ kind: 'line', body: 'Why?', path: 'a.ts' });
  const ours = remark({
    kind: 'line',
    body: `So. ${markOf('x')}`,
    path: 'a.ts',
    inReplyTo: root.id,
    isBot: true,
  });
  const more = remark({ kind: 'line', body: 'And this?', path: 'a.ts', inReplyTo: root.id });
  expect(asked(root, more)).toEqual([]);
  expect(asked(root, ours, more)).toMatchObject([{ lineIds: [root.id] }]);
});

test('each reviewer counts by their last word; a comment takes no verdict back, a dismissal does', () => {
  const said = (login: string, state: string) => remark({ kind: 'review', login, state });
  const reviews = [
    said('ann', 'CHANGES_REQUESTED'),
    said('ann', 'APPROVED'),
    said('ann', 'COMMENTED'),
    said('bob', 'APPROVED'),
    said('bob', 'DISMISSED'),
    said('cy', 'COMMENTED'),
    said('author', 'APPROVED'),
  ];
  expect(countReviews(reviews, 'author', ['dan'])).toEqual({
    approved: ['ann'],
    changesRequested: [],
    commented: ['cy'],
    requested: ['dan'],
  });
});
