import { expect, test } from '@jest/globals';
import { verdictOf } from './verdict.ts';

test.each([
  ['It is fine.\nVerdict: done', { done: true, why: 'done' }],
  ['> **Verdict:** ready.', { done: true, why: 'ready.' }],
  ['**Verdict: done**\n', { done: true, why: 'done' }],
  ['verdict: not done: the test fails.', { done: false, why: 'the test fails.' }],
  ['`Verdict`: *not ready*', { done: false, why: 'it does not say why' }],
  ['Verdict: not done — it: fails', { done: false, why: '— it: fails' }],
])('%j', (text, verdict) => {
  expect(verdictOf(text)).toEqual(verdict);
});

test.each([
  [''],
  ['done'],
  ['Verdict: done\nBut look again.'],
  ['The verdict: done'],
  ['Verdict: donee'],
  ['Verdict: maybe'],
])('%j is none', text => {
  expect(verdictOf(text)).toBeNull();
});
