set -e
git checkout -q -b vouchers
cat > vouchers.js <<'JS'
const vouchers = new Map([['SPRING', { cents: 500 }], ['TEN', { percent: 10 }]]);

/** What a voucher takes off a price, in cents; nothing where there is none of that name. */
export function voucherCents(name, cents) {
  const voucher = vouchers.get(name?.toUpperCase());
  if (!voucher) return 0;
  return voucher.cents ?? Math.floor((cents * voucher.percent) / 100);
}
JS
cat > price.js <<'JS'
import { voucherCents } from './vouchers.js';

/** Price of so many pieces with a voucher, in cents. */
export function price(pieceCents, count, { voucher } = {}) {
  if (count < 0) throw new RangeError('a count is not negative');
  const cents = pieceCents * count;
  return cents - voucherCents(voucher, cents);
}
JS
cat > price.test.js <<'JS'
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { price } from './price.js';

test('a price', () => {
  assert.equal(price(250, 4), 1000);
});

test('a price with a voucher', () => {
  assert.equal(price(250, 4, { voucher: 'ten' }), 900);
});
JS
git add -A
git commit -q -m 'Vouchers'
git checkout -q main
cat > price.js <<'JS'
const volume = [
  { from: 100, percent: 15 },
  { from: 10, percent: 5 },
];

/** Price of so many pieces, in cents, rounded to five cents as shops round. */
export function price(pieceCents, count) {
  if (!Number.isInteger(count) || count < 0) throw new RangeError('a count is a whole number and not negative');
  const percent = volume.find(({ from }) => count >= from)?.percent ?? 0;
  return roundToFive((pieceCents * count * (100 - percent)) / 100);
}

const roundToFive = cents => Math.round(cents / 5) * 5;
JS
cat > price.test.js <<'JS'
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { price } from './price.js';

test('a price', () => {
  assert.equal(price(250, 4), 1000);
  assert.equal(price(3, 1), 5);
});

test('a price for many', () => {
  assert.equal(price(100, 10), 950);
  assert.equal(price(100, 100), 8500);
  assert.throws(() => price(1, 1.5), RangeError);
});
JS
git add -A
git commit -q -m 'Volume discount, rounding'
