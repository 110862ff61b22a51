import { readdirSync } from 'node:fs';
import type { Row } from '../bench/figures.ts';

/** `npm run bench [name ...]`: every bench, or those named, as one table. Figures of one run belong together. */
const dir = new URL('../bench/', import.meta.url);
const wanted = process.argv.slice(2);
const names = readdirSync(dir)
  .filter(name => name.endsWith('.bench.ts'))
  .map(name => name.replace('.bench.ts', ''))
  .filter(name => wanted.length === 0 || wanted.includes(name));

for (const name of names) {
  process.stderr.write(`${name} …\n`);
  const { run } = (await import(new URL(`${name}.bench.ts`, dir).href)) as { run: () => Promise<Row[]> };
  for (const { what, ours, bare, ratio, target, met } of await run()) {
    const beside = bare ? `\n    ${bare}${ratio === undefined ? '' : `, ratio ${ratio.toFixed(2)}x`}` : '';
    console.log(`${what}\n    ${ours}   (target ${target}: ${met ? 'met' : 'missed'})${beside}`);
  }
}
