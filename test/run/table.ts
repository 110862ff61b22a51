import { runJest } from './jest.ts';
import { filesOf, printTable, type Row } from './rows.ts';

/** Runs the tests of these rows (of those whose words hold what is named) and prints what was seen of each. */
export async function runTable(rows: readonly Row[], named: readonly string[]): Promise<number> {
  const wanted = rows.filter(({ area, row }) =>
    named.every(name => `${area} ${row}`.toLowerCase().includes(name.toLowerCase())),
  );
  if (wanted.length === 0) {
    console.error(`No row has ${named.join(' and ')} in its words.`);
    return 2;
  }
  let broken = 0;
  const code = await runJest(['--runTestsByPath', ...filesOf(wanted)], async results => {
    broken = await printTable(wanted, results);
  });
  return broken > 0 ? 1 : code;
}
