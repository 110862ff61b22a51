import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestServer } from './server.ts';

const bin = join(fileURLToPath(new URL('../..', import.meta.url)), 'server/cli/deckhand.mjs');

export type Ran = { code: number | null; stdout: string; stderr: string };

/** The CLI as a shell would run it, on that server. */
export const cliOf =
  (server: Pick<TestServer, 'dataDir'>) =>
  (args: string[], onOutput?: (text: string, child: ChildProcess) => void): Promise<Ran> => {
    // A CI counts as a terminal that shows colours.
    const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', DECKHAND_DATA: server.dataDir };
    const child = spawn(process.execPath, [bin, ...args], { env, detached: true });
    const ran: Ran = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => {
      ran.stdout += data;
      onOutput?.(ran.stdout, child);
    });
    child.stderr.on('data', (data: Buffer) => {
      ran.stderr += data;
    });
    return new Promise(resolve => child.on('close', code => resolve({ ...ran, code })));
  };
