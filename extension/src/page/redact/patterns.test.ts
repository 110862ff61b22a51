import { expect, test } from '@jest/globals';
import { leaks } from './leaks.fixture.ts';
import { createRedactor, isPrivateName } from './redactor.ts';

/** Those that their own letters or the words around them give away; fields and marks are tested on a real page. */
const inTexts = leaks.filter(({ html }) => !/data-private|<input|<label|class="/.test(html));

test.each(inTexts)('$name is taken out of a text', ({ html, secret }) => {
  const text = html
    .replaceAll('S', '\0')
    .replaceAll('\0', 'S')
    .replace(/<[^>]*>|(?<==")S(?=")/g, match => (match === 'S' ? ' S ' : ` ${match.slice(1, -1)} `));
  const redactor = createRedactor();
  // The stand-in is a letter of its own, not one of SSN or sessionid.
  const written = text.replace(/(?<![A-Za-z])S(?![A-Za-z])/g, () => secret);
  expect(redactor.text(written)).not.toContain(secret);
  expect(Object.keys(redactor.counts())).not.toEqual([]);
});

test.each([
  'Order 4711 of 12 March 2026 was shipped to Berlin',
  'src/orders/components/SaveOrderButton.tsx:14:5',
  'https://shop.acme.example/orders/4711?tab=items&page=2',
  'class-names-of-a-long-component__element--modifier_state',
  'Reset your password here',
  'Phone +49 30 123456, fax +49 30 123457',
  '1234567890123456 is no card number',
  'tokens: 1200 of 2000',
])('what is no secret stays: %s', text => {
  expect(createRedactor().text(text)).toBe(text);
});

test('a name can make any value private', () => {
  const names = [
    'password',
    'userPassword',
    'api_key',
    'apiKey',
    'accessToken',
    'cardNumber',
    'cvc',
    'ssn',
    'X-Auth-Token',
  ];
  expect(names.filter(name => !isPrivateName(name))).toEqual([]);
  expect(
    ['disabled', 'author', 'description', 'pinned', 'spinner', 'shipping'].filter(isPrivateName),
  ).toEqual([]);
});

test('a text of many megabytes is read in linear time', () => {
  const text = 'token='.repeat(40_000);
  const before = performance.now();
  createRedactor().text(text);
  // Quadratic time would take minutes.
  expect(performance.now() - before).toBeLessThan(20_000);
});
