import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Git on the sample repository of a server: where its changes are pushed to. */
export async function sampleGit(dataDir: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', join(dataDir, 'sample.git'), ...args]);
  return stdout.trim();
}
