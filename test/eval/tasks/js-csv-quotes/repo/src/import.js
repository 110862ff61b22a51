import { parse } from './csv.js';

/** Prices in cents by article number. */
export function prices(text) {
  return new Map(parse(text).map(({ article, price }) => [article, Math.round(Number(price) * 100)]));
}
