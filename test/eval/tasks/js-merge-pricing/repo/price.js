/** Price of so many pieces, in cents. */
export function price(pieceCents, count) {
  if (count < 0) throw new RangeError('a count is not negative');
  return pieceCents * count;
}
