import { readdirSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import type { Row } from '../bench/figures.ts';

/** `npm run bench [name ...]`: every bench, or those named, as one table. Figures of one run belong together. */
const dir = new URL('../bench/', import.meta.url);
const wanted = process.argv.slice(2);
const names = readdirSync(dir)
  .filter(name => name.endsWith('.bench.ts'))
  .map(name => name.replace('.bench.ts', ''))
  .filter(name => wanted.length === 0 || wanted.includes(name));

/** What else this machine did in the last minute is in the figures too. */
const busy = () => `${loadavg()[0]?.toFixed(1)} of ${availableParallelism()} cores busy before`;

function print({ what, ours, bare, ratio, target, met, parts = [] }: Row): void {
  const goal = target ? `   (target ${target}: ${met ? 'met' : 'missed'})` : '';
  const beside = bare ? `\n    ${bare}${ratio === undefined ? '' : `, ratio ${ratio.toFixed(2)}x`}` : '';
  console.log(`${what}\n    ${ours}${goal}${beside}`);
  const width = Math.max(...parts.map(([name]) => name.length));
  for (const [name, figures] of parts) console.log(`      ${name.padEnd(width)}   ${figures}`);
}

for (const name of names) {
  process.stderr.write(`${name} …\n`);
  console.log(`\n${name} (${busy()})`);
  const { run } = (await import(new URL(`${name}.bench.ts`, dir).href)) as { run: () => Promise<Row[]> };
  for (const row of await run()) print(row);
}
