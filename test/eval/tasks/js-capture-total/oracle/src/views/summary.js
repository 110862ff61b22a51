import { amounts } from '../cart/amounts.js';
import { money } from './money.js';

const row = (name, cents) => `<dt>${name}</dt><dd>${money(cents)}</dd>`;

export function summary(cart) {
  const { goods, discount, shipping } = amounts(cart);
  return `<h2>Summary</h2>
<dl>${row('Goods', goods)}${discount > 0 ? row('Discount', -discount) : ''}${row('Shipping', shipping)}</dl>
<output data-testid="sum">${money(goods - discount + shipping)}</output>`;
}
