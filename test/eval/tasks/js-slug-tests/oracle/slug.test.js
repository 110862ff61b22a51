import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slug } from './slug.js';

test('small letters, digits and single dashes, none at either end', () => {
  assert.equal(slug('  Hello,  World 42! '), 'hello-world-42');
});
test('umlauts are written out, other accents dropped', () => {
  assert.equal(slug('Äpfel Öl Übermaß'), 'aepfel-oel-uebermass');
  assert.equal(slug('Café señor'), 'cafe-senor');
});
test('& is and', () => assert.equal(slug('Salt&Pepper'), 'salt-and-pepper'));
test('a title with nothing left', () => assert.equal(slug('!?'), 'article'));
test('at most 40 characters, cut at a dash', () => {
  assert.equal(slug('a'.repeat(50)), 'a'.repeat(40));
  assert.equal(slug('a'.repeat(41)), 'a'.repeat(40));
  assert.equal(slug(`${'a'.repeat(30)} ${'b'.repeat(30)}`), 'a'.repeat(30));
});
test('a slug that is taken', () => {
  assert.equal(slug('News', new Set(['news'])), 'news-2');
  assert.equal(slug('News', new Set(['news', 'news-2'])), 'news-3');
  assert.equal(slug('a'.repeat(40), new Set(['a'.repeat(40)])), `${'a'.repeat(38)}-2`);
});
