import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const graceMs = 15_000;

type Results = { numPassedTests: number; numFailedTests: number; numRuntimeErrorTestSuites: number };

/**
 * Runs Jest with these arguments, its progress as it comes, and ends with one line of counts. Answers the exit code.
 * `read` sees the file of its results before the counts are said.
 */
export async function runJest(
  args: readonly string[],
  read: (resultsFile: string) => Promise<void> = async () => {},
): Promise<number> {
  const results = join(tmpdir(), `deckhand-test-${process.pid}.json`);
  const jest = [
    '--experimental-vm-modules',
    '--no-warnings=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
    ...['--config', join(root, 'test/jest.config.mjs')],
    ...['--json', '--outputFile', results, '--testLocationInResults=false'],
    ...args,
  ];
  const child = spawn(process.execPath, jest, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<number>(resolve => child.on('exit', status => resolve(status ?? 1)));
  const over = new AbortController();
  const code = await Promise.race([ended, lingering(child, results, over.signal)]);
  over.abort();
  if (!existsSync(results)) {
    console.log('0 passed, 1 failed');
    return code || 1;
  }
  await read(results);
  const counts = JSON.parse(await readFile(results, 'utf8')) as Results;
  await rm(results, { force: true });
  const failed = counts.numFailedTests + counts.numRuntimeErrorTestSuites;
  console.log(`${counts.numPassedTests} passed, ${failed} failed`);
  return counts.numPassedTests === 0 && failed === 0 ? 1 : code;
}

/**
 * Tests that left something open keep Jest from ending, after all is said: it is ended then, and it says so. A failed
 * start of a server under test is what does it most of all.
 */
async function lingering(child: ChildProcess, results: string, over: AbortSignal): Promise<number> {
  // Jest may end between two looks; the results are taken away then, and a loop without the signal would never end.
  while (!existsSync(results) && !over.aborted) await sleep(500);
  await sleep(graceMs, undefined, { signal: over }).catch(() => undefined);
  if (over.aborted) return 0;
  if (child.exitCode === null) console.error('Some test left something open; Jest was ended.');
  child.kill('SIGKILL');
  const { success } = JSON.parse(await readFile(results, 'utf8')) as { success: boolean };
  return success ? 0 : 1;
}
