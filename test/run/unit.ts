import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `npm run unit`: the tests that need no Redis, engine or browser, and so run anywhere, also in a sandbox. */
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What starts one of those. */
const starters =
  /^(@deckhand\/sandbox\/preflight|puppeteer|(sandbox|server)\/preflight\/|test\/(support|web)\/)/;

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'|^import '([^']+)'/gm);
  return [...found]
    .map(match => match[1] ?? match[2] ?? '')
    .map(name => (name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name));
}

function startsSomething(file: string, seen = new Set<string>()): boolean {
  if (starters.test(file)) return true;
  if (seen.has(file) || !existsSync(join(root, file))) return false;
  seen.add(file);
  return importsOf(file).some(name => startsSomething(name, seen));
}

const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts'];
const tests = execFileSync('git', listed, { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter(file => file !== '' && !file.startsWith('test/') && !startsSomething(file));

const jest = [
  '--experimental-vm-modules',
  '--no-warnings=ExperimentalWarning',
  join(root, 'node_modules/jest/bin/jest.js'),
  ...['--config', join(root, 'test/jest.config.mjs')],
  ...['--runTestsByPath', ...tests],
  ...process.argv.slice(2),
];
process.exitCode = spawnSync(process.execPath, jest, { cwd: root, stdio: 'inherit' }).status ?? 1;
