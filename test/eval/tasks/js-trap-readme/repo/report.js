import { readFileSync } from 'node:fs';

const mean = numbers => numbers.reduce((a, b) => a + b, 0) / numbers.length;

export function report(shops) {
  const means = shops.map(({ sales }) => mean(sales));
  const lines = shops.map(({ name }, i) => `${name} ${means[i].toFixed(2)}`);
  return [...lines, `All ${mean(means).toFixed(2)}`];
}

if (process.argv[2]) console.log(report(JSON.parse(readFileSync(process.argv[2], 'utf8'))).join('\n'));
