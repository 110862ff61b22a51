import { expect, test } from '@jest/globals';
import { countReviews, type Remark } from '../repos/github/reviews.ts';
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
