import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

/** Kills the private Redis of a server as a crash would, and starts it again after a while on the same files. */
export async function restartRedis(server: TestServer, downMs: number): Promise<void> {
  const redis = await redisOf(server);
  const info = await redis.info('server');
  redis.disconnect();
  const pid = Number(/process_id:(\d+)/.exec(info)?.[1]);
  process.kill(pid, 'SIGKILL');
  await sleep(downMs);
  const config = join(server.dataDir, 'redis', 'redis.conf');
  const child = spawn('redis-server', [config], { detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  child.unref();
  const back = await redisOf(server);
  await back.ping();
  back.disconnect();
}
