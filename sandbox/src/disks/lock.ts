import { spawn } from 'node:child_process';
import { DiskFault } from './fault.ts';

/**
 * Keeps every other helper and server out while `work` runs. The kernel frees it when we die, however we die: a child
 * holds it for as long as our end of its stdin is open.
 */
export async function underLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  holder.stdin.on('error', () => {});
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('error', reject);
      holder.once('exit', () => reject(new DiskFault('failed', `${file} cannot be locked`)));
    });
    return await work();
  } finally {
    holder.stdin.end();
  }
}
