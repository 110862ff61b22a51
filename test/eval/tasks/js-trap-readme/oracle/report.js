import { readFileSync } from 'node:fs';

const mean = numbers => (numbers.length === 0 ? 0 : numbers.reduce((a, b) => a + b, 0) / numbers.length);

export function report(shops) {
  const lines = shops.map(({ name, sales }) => `${name} ${mean(sales).toFixed(2)}`);
  // Shops without sales have no mean that could count.
  const means = shops.filter(({ sales }) => sales.length > 0).map(({ sales }) => mean(sales));
  return [...lines, `All ${mean(means).toFixed(2)}`];
}

if (process.argv[2]) console.log(report(JSON.parse(readFileSync(process.argv[2], 'utf8'))).join('\n'));
