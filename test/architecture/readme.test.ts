import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from './sources.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The server's own description of its variables, asked of it in a process of its own. */
const described = JSON.parse(
  execFileSync(process.execPath, [join(root, 'server/launch/configTable.ts')], {
    encoding: 'utf8',
    env: {},
  }),
) as string[];

test("the README's table is the configuration's", () => {
  const rows = readme.split('\n').filter(line => /^\| `[A-Z_]+` \|/.test(line));
  expect(rows).toEqual(described);
});

test('what the README and CONTRIBUTING point at is there', () => {
  const text = readme + readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(match => match[1] ?? '');
  const files = [...text.matchAll(/`((?:server|shared|sandbox|test)\/[\w./-]+\.\w+)`/g)].map(
    match => match[1] ?? '',
  );
  const missing = [...links, ...files].filter(
    path => !path.startsWith('http') && !existsSync(join(root, path)),
  );
  expect(missing).toEqual([]);
});
