import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './freePort.ts';

/** A Redis that is no server's own: it stays where each of them stops, and keeps what it acknowledges. */
export type OwnRedis = {
  url: string;
  /** kill -9, and up again on the same files and port after a while. */
  restart(downMs: number): Promise<void>;
  dispose(): Promise<void>;
};

export async function startOwnRedis(): Promise<OwnRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const flags = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, '--save', ''];
  const start = async () => {
    const child = spawn('redis-server', [...flags, '--appendonly', 'yes', '--appendfsync', 'always'], {
      stdio: 'ignore',
    });
    const redis = new Redis(url);
    redis.on('error', () => {});
    await redis.ping();
    redis.disconnect();
    return child;
  };
  let child = await start();
  const end = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return {
    url,
    async restart(downMs) {
      await end();
      await sleep(downMs);
      child = await start();
    },
    async dispose() {
      await end();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
