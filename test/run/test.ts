import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `npm test`, once the machine is prepared: runs every Jest test (or those named), and ends with one line of counts. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const results = join(tmpdir(), `deckhand-test-${process.pid}.json`);

type Results = { numPassedTests: number; numFailedTests: number; numRuntimeErrorTestSuites: number };

async function run(): Promise<number> {
  const jest = [
    '--experimental-vm-modules',
    '--no-warnings=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
    ...['--config', join(root, 'test/jest.config.mjs')],
    ...['--json', '--outputFile', results, '--testLocationInResults=false'],
    ...process.argv.slice(2),
  ];
  const child = spawn(process.execPath, jest, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise<number>(resolve => child.on('exit', status => resolve(status ?? 1)));
  const counts = JSON.parse(await readFile(results, 'utf8')) as Results;
  await rm(results, { force: true });
  const failed = counts.numFailedTests + counts.numRuntimeErrorTestSuites;
  console.log(`${counts.numPassedTests} passed, ${failed} failed`);
  return counts.numPassedTests === 0 && failed === 0 ? 1 : code;
}

process.exitCode = await run();
