import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** One line of a table: what is tried, what has to come of it, and the tests that try it, by file and title. */
export type Row = { area: string; row: string; expected: string; tests: readonly Tests[] };
/** `title` stands in the title that the file gives the test; absent: all tests of the file. */
type Tests = { file: string; title?: string };

export const rowsOf =
  (area: string) =>
  (row: string, expected: string, ...tests: readonly (string | [file: string, title: string])[]): Row => ({
    ...{ area, row, expected },
    tests: tests.map(each => (typeof each === 'string' ? { file: each } : { file: each[0], title: each[1] })),
  });

export const filesOf = (rows: readonly Row[]): string[] => [
  ...new Set(rows.flatMap(({ tests }) => tests.map(({ file }) => file))),
];

/** What of Jest's results a table needs. */
const Results = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          title: z.string(),
          ancestorTitles: z.array(z.string()),
          status: z.string(),
          failureMessages: z.array(z.string()),
        }),
      ),
    }),
  ),
});
type Ran = { file: string; title: string; passed: boolean; why: string };

const root = fileURLToPath(new URL('../..', import.meta.url));
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours
const firstLine = (text: string) => text.replaceAll(/\u001b\[\d+m/g, '').split('\n')[0] ?? '';

function ranOf(text: string): Ran[] {
  return Results.parse(JSON.parse(text)).testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(root, name);
    // A suite that could not be loaded has no tests, and says why by itself.
    if (assertionResults.length === 0) return { file, title: '', passed: false, why: firstLine(message) };
    return assertionResults.map(({ title, ancestorTitles, status, failureMessages }) => ({
      file,
      title: [...ancestorTitles, title].join(' '),
      passed: status === 'passed',
      why: firstLine(failureMessages[0] ?? status),
    }));
  });
}

/** Titles of `each` have places for their rows: what stands before, between and behind them is the same. */
const matches = (title: string, wanted: string): boolean => {
  const parts = wanted.split(/%[sid]/).map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.join('.*')).test(title);
};

/** What was seen of each row; `held` where all its tests passed. */
export function seen(rows: readonly Row[], results: string): { row: Row; held: boolean; what: string }[] {
  const ran = ranOf(results);
  return rows.map(row => {
    const own = row.tests.map(({ file, title }) =>
      ran.filter(each => each.file === file && (title === undefined || matches(each.title, title))),
    );
    const failed = own.flat().find(({ passed }) => !passed);
    if (failed) return { row, held: false, what: `FAILED: ${failed.why}` };
    if (own.some(tests => tests.length === 0)) return { row, held: false, what: 'NOT RUN' };
    return { row, held: true, what: `as expected (${own.flat().length})` };
  });
}

/** Prints the table and answers how many rows did not hold. */
export async function printTable(rows: readonly Row[], resultsFile: string): Promise<number> {
  const all = seen(rows, await readFile(resultsFile, 'utf8'));
  const width = Math.max(...rows.map(({ row }) => row.length));
  const room = Math.max(...rows.map(({ expected }) => expected.length));
  let area = '';
  for (const { row, what } of all) {
    if (row.area !== area) console.log(`\n${row.area}`);
    ({ area } = row);
    console.log(`  ${row.row.padEnd(width)}  ${row.expected.padEnd(room)}  ${what}`);
  }
  const broken = all.filter(({ held }) => !held).length;
  console.log(`\n${all.length - broken} of ${all.length} rows held`);
  return broken;
}
