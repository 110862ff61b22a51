import { amounts } from '../cart/amounts.js';

/** Label of the button. */
export function payLabel(cart) {
  const { goods, shipping } = amounts(cart);
  return `Pay ${(goods + shipping) / 100} now`;
}
