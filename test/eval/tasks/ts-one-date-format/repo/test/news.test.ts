import assert from 'node:assert/strict';
import { test } from 'node:test';
import { feedItem } from '../src/feed.ts';
import { mailSubject } from '../src/mail.ts';
import { reportLine } from '../src/report.ts';

const date = new Date('2026-03-04T05:06:00Z');

test('each prints a date its own way', () => {
  assert.equal(mailSubject('News', date), 'News (04 Mar 2026)');
  assert.equal(reportLine('visits', date, 3), '4 Mar 05:06  visits: 3');
  assert.deepEqual(feedItem('Hello', date), { title: 'Hello', published: '2026/Mar/04 05h06' });
});
