import { execFile } from 'node:child_process';
import { DiskFault, faultOf } from './fault.ts';

const mostOutputBytes = 256 * 1024 * 1024;

export type Ran = { code: number | null; stdout: string; stderr: string };

/** Runs one program of the system to its end, whatever that is. `code` is null where it was killed or never began. */
export function attempt(argv: readonly [string, ...string[]]): Promise<Ran> {
  const [file, ...args] = argv;
  return new Promise(resolve => {
    execFile(file, args, { maxBuffer: mostOutputBytes }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : null) : 0;
      resolve({ code, stdout, stderr: stderr || (error?.message ?? '') });
    });
  });
}

/** What it printed. Throws a fault with its last words where it fails. */
export async function run(...argv: [string, ...string[]]): Promise<string> {
  const { code, stdout, stderr } = await attempt(argv);
  if (code === 0) return stdout;
  const words = stderr.trim() || stdout.trim() || (code === null ? 'it was killed' : `it ended with ${code}`);
  const fault = faultOf(new Error(words));
  throw fault.code === 'no_space' ? fault : new DiskFault('failed', `${argv[0]}: ${words}`);
}
