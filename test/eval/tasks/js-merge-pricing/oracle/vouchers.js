const vouchers = new Map([['SPRING', { cents: 500 }], ['TEN', { percent: 10 }]]);

/** What a voucher takes off a price, in cents; nothing where there is none of that name. */
export function voucherCents(name, cents) {
  const voucher = vouchers.get(name?.toUpperCase());
  if (!voucher) return 0;
  return voucher.cents ?? Math.floor((cents * voucher.percent) / 100);
}
