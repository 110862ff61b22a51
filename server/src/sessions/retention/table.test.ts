import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { retention } from './table.ts';

test("the README's table of what goes by itself is what the sweepers go by", () => {
  const dayMs = 24 * 3_600_000;
  const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8').split('\n');
  const rows = Object.values(retention).map(
    ({ what, keptMs, since }) => `| ${what} | ${keptMs / dayMs} days | ${since} |`,
  );
  for (const row of rows) expect(readme).toContain(row);
  for (const { sweeper } of Object.values(retention))
    expect(existsSync(new URL(sweeper, import.meta.url))).toBe(true);
});
