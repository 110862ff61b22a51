import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Holds a lock across processes while `work` runs. The kernel frees it when we die, however we die: a `flock`
 * child holds it for as long as our end of its stdin is open. Where there is no `flock` (macOS) work runs unlocked.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  holder.stdin.on('error', () => {});
  const abandon = () => holder.kill();
  signal?.addEventListener('abort', abandon, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('error', error => ('code' in error && error.code === 'ENOENT' ? resolve() : reject(error)));
      holder.once('exit', () => reject(signal?.reason ?? new Error(`cannot lock ${file}`)));
    });
    return await work();
  } finally {
    signal?.removeEventListener('abort', abandon);
    holder.stdin.end();
  }
}
