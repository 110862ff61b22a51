const freeShippingFrom = 7500;

/** All in cents. */
export function amounts({ lines, discountPercent = 0 }) {
  const goods = lines.reduce((sum, { cents, count }) => sum + cents * count, 0);
  const discount = Math.round((goods * discountPercent) / 100);
  const shipping = goods - discount >= freeShippingFrom || lines.length === 0 ? 0 : 490;
  return { goods, discount, shipping };
}
