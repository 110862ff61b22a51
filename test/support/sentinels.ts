import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './freePort.ts';

/** A Redis, one that takes over from it, and three sentinels that agree on when. */
export type WatchedRedis = {
  url: string;
  /** kill -9 of the one that writes; resolves once the other does. */
  failOver(): Promise<void>;
  dispose(): Promise<void>;
};

const watch = (port: number, master: number) => `port ${port}
bind 127.0.0.1
sentinel monitor mymaster 127.0.0.1 ${master} 2
sentinel down-after-milliseconds mymaster 1000
sentinel failover-timeout mymaster 10000
`;

export async function startWatchedRedis(): Promise<WatchedRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-sentinels-'));
  const children: ChildProcess[] = [];
  const run = async (name: string, port: number, args: string[]) => {
    const place = join(dir, name);
    await mkdir(place);
    const child = spawn('redis-server', args, { cwd: place, stdio: 'ignore' });
    children.push(child);
    const redis = new Redis(port, '127.0.0.1');
    redis.on('error', () => {});
    await redis.ping();
    redis.disconnect();
    return child;
  };
  const [first, second, ...watchers] = await Promise.all(Array.from({ length: 5 }, freePort));
  const kept = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
  const master = await run('first', Number(first), ['--port', String(first), ...kept]);
  const follows = ['--replicaof', '127.0.0.1', String(first)];
  await run('second', Number(second), ['--port', String(second), ...kept, ...follows]);
  for (const port of watchers) {
    const settings = join(dir, `${port}.conf`);
    await writeFile(settings, watch(port, Number(first)));
    await run(`sentinel-${port}`, port, [settings, '--sentinel']);
  }
  const asked = new Redis(Number(watchers[0]), '127.0.0.1');
  asked.on('error', () => {});
  const until = async (fits: () => Promise<boolean>) => {
    while (!(await fits())) await sleep(50);
  };
  // They find each other, and the replica, by what the first tells.
  await until(async () => {
    const about = (await asked.call('SENTINEL', 'CKQUORUM', 'mymaster').catch(() => '')) as string;
    const replicas = (await asked.call('SENTINEL', 'REPLICAS', 'mymaster').catch(() => [])) as string[][];
    return (
      about.startsWith('OK 3') && replicas.some(each => each.join(' ').includes('master-link-status ok'))
    );
  });
  return {
    url: `redis+sentinel://${watchers.map(port => `127.0.0.1:${port}`).join(',')}/mymaster`,
    async failOver() {
      master.kill('SIGKILL');
      await until(async () => {
        const address = (await asked.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')) as string[];
        return address[1] === String(second);
      });
    },
    async dispose() {
      asked.disconnect();
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(dir, { recursive: true, force: true });
    },
  };
}
