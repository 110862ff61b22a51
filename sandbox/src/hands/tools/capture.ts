import { spawn } from 'node:child_process';
import { cleanEnvironment, ownProgram } from '../own-programs.ts';

export type Captured = { code: number | null; stdout: string; stderr: string; cut: boolean };

/** Runs a program of ours (ripgrep, git) and keeps at most `maxBytes` of what it prints; more ends it. */
export function capture(
  argv: [string, ...string[]],
  options: {
    cwd: string;
    maxBytes: number;
    signal: AbortSignal;
    env?: NodeJS.ProcessEnv;
    /** Sees the process once it runs. */
    onStart?: (pid: number) => void;
  },
): Promise<Captured> {
  return new Promise(resolve => {
    const [file, ...args] = argv;
    const child = spawn(ownProgram(file), args, {
      cwd: options.cwd,
      env: options.env ?? cleanEnvironment,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: options.signal,
      killSignal: 'SIGKILL',
    });
    if (child.pid !== undefined) options.onStart?.(child.pid);
    const chunks: Buffer[] = [];
    let size = 0;
    let cut = false;
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (cut) return;
      chunks.push(chunk);
      size += chunk.length;
      if (size > options.maxBytes) {
        cut = true;
        child.kill('SIGKILL');
      }
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(0, 4096);
    });
    const end = (code: number | null) =>
      resolve({
        code,
        stdout: Buffer.concat(chunks).subarray(0, options.maxBytes).toString('utf8'),
        stderr,
        cut,
      });
    child.on('error', error => {
      stderr ||= error.message;
      end(null);
    });
    child.on('close', end);
  });
}
