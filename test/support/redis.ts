import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TestServer } from './server.ts';

/** A connection of the test's own to a server's Redis. */
export async function redisOf(server: TestServer): Promise<Redis> {
  const redis = new Redis(await server.redisUrl(), { maxRetriesPerRequest: null });
  redis.on('error', () => {});
  return redis;
}

/** kill -9 of a server's private Redis. */
export async function endRedis(server: TestServer): Promise<void> {
  const redis = await redisOf(server);
  const info = await redis.info('server');
  redis.disconnect();
  process.kill(Number(/process_id:(\d+)/.exec(info)?.[1]), 'SIGKILL');
}

/** The same, and its server cannot start it again. What it answers does, on the same files. */
export async function killRedis(server: TestServer): Promise<() => Promise<void>> {
  const config = join(server.dataDir, 'redis', 'redis.conf');
  await rename(config, `${config}.away`);
  await endRedis(server);
  return async () => {
    await rename(`${config}.away`, config);
    const child = spawn('redis-server', [config], { detached: true, stdio: 'ignore' });
    await once(child, 'spawn');
    child.unref();
    const back = await redisOf(server);
    await back.ping();
    back.disconnect();
  };
}

/** Kills the private Redis of a server as a crash would, and starts it again after a while. */
export async function restartRedis(server: TestServer, downMs: number): Promise<void> {
  const startAgain = await killRedis(server);
  await sleep(downMs);
  await startAgain();
}
