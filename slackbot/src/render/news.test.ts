import type { HeadChange } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import { changeNews, newsKey } from './news.ts';

const author = { userId: 'usr_a00000', name: 'Ana' };
const change: HeadChange = {
  changeId: 'chg_a',
  url: 'https://github.com/acme/shop/pull/7',
  number: 7,
  branch: 'b',
  author,
  state: 'open',
};
const updated = (more: object) => ({ changeId: 'chg_a', state: 'open' as const, ...more });
const reviews = { approved: [], changesRequested: [], commented: [], requested: [] };
const checks = { passed: 0, failed: 0, pending: 0, failing: [] };

test('what was said is not said again; what is new is', () => {
  const known = newsKey(change);
  expect(changeNews(known, change, updated({}))).toBeNull();
  const failing = { ...change, checks: { ...checks, failed: 1, failing: [{ name: 'lint' }] } };
  expect(changeNews(known, failing, updated({}))?.text).toContain('1 check failed');
  expect(changeNews(newsKey(failing), failing, updated({}))).toBeNull();
  const both = {
    ...failing,
    checks: { ...failing.checks, failed: 2, failing: [{ name: 'lint' }, { name: 'unit' }] },
  };
  const news = changeNews(newsKey(failing), both, updated({}))?.text ?? '';
  expect(news).toContain('unit');
  expect(news).not.toContain('lint');
});

test('each end and each review has its sentence, with who did it', () => {
  const known = newsKey(change);
  const of = (more: Partial<HeadChange>, by?: string) =>
    changeNews(known, { ...change, ...more }, updated(by ? { by } : {}))?.text ?? '';
  expect(of({ state: 'merged' }, 'ben')).toContain('was merged by ben');
  expect(of({ state: 'closed' })).toContain('was closed without merging');
  expect(of({ reviews: { ...reviews, approved: ['ben'] } })).toContain('ben approved');
  expect(of({ reviews: { ...reviews, changesRequested: ['eve'] } })).toContain('eve asked for changes');
  expect(of({ reviews: { ...reviews, requested: ['ben'] } })).toContain('review');
  expect(of({ reviews: { ...reviews, commented: ['ben'] } })).toBe('');
});

test('names from elsewhere cannot call anybody', () => {
  const news = changeNews(newsKey(change), { ...change, state: 'merged' }, updated({ by: '<!channel>' }));
  expect(news?.text).not.toContain('<!channel>');
});
