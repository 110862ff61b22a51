import { voucherCents } from './vouchers.js';

const volume = [
  { from: 100, percent: 15 },
  { from: 10, percent: 5 },
];

/** Price of so many pieces with a voucher, in cents, rounded to five cents as shops round. */
export function price(pieceCents, count, { voucher } = {}) {
  if (!Number.isInteger(count) || count < 0) throw new RangeError('a count is a whole number and not negative');
  const percent = volume.find(({ from }) => count >= from)?.percent ?? 0;
  const cents = (pieceCents * count * (100 - percent)) / 100;
  return Math.max(0, roundToFive(cents - voucherCents(voucher, cents)));
}

const roundToFive = cents => Math.round(cents / 5) * 5;
