import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';

const run = promisify(execFile);
const ip = (...args: string[]) => run('ip', args);

/** A Redis on a network of its own, that is reached over cables which can be pulled out. Needs root. */
export type FarRedis = {
  /** One for each cable. */
  urls: readonly string[];
  /** Nothing goes through any more, and nobody is told: what was under way is neither answered nor refused. */
  cut(cable: number): Promise<void>;
  mend(cable: number): Promise<void>;
  dispose(): Promise<void>;
};

export async function redisInNamespace(cables: number): Promise<FarRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-redis-'));
  // Names of interfaces have 15 characters at most, and addresses must be nobody else's.
  const id = process.pid.toString(36);
  const name = `dh-${id}`;
  const ends = Array.from({ length: cables }, (_, cable) => ({
    here: `dh${id}h${cable}`,
    there: `dh${id}t${cable}`,
    gateway: `10.231.9.${4 * cable + 1}/30`,
    address: `10.231.9.${4 * cable + 2}`,
  }));
  let child: ChildProcess | undefined;
  const within = (...args: string[]) => run('nsenter', [`--net=/run/netns/${name}`, ...args]);
  const far: FarRedis = {
    urls: ends.map(({ address }) => `redis://${address}:6379`),
    cut: async cable => {
      await within('ip', 'link', 'set', ends[cable]?.there ?? '', 'down');
    },
    mend: async cable => {
      await within('ip', 'link', 'set', ends[cable]?.there ?? '', 'up');
    },
    async dispose() {
      if (child && child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      // Cables end with their one end.
      await ip('netns', 'del', name).catch(() => {});
      for (const { here } of ends) await ip('link', 'del', here).catch(() => {});
      await rm(dir, { recursive: true, force: true });
    },
  };
  try {
    await ip('netns', 'add', name);
    for (const { here, there, gateway, address } of ends) {
      await ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name);
      await ip('addr', 'add', gateway, 'dev', here);
      await ip('link', 'set', here, 'up');
      await within('ip', 'addr', 'add', `${address}/30`, 'dev', there);
      await within('ip', 'link', 'set', there, 'up');
    }
    const flags = ['--protected-mode', 'no', '--bind', ...ends.map(({ address }) => address), '--dir', dir];
    const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
    child = spawn('nsenter', [`--net=/run/netns/${name}`, 'redis-server', ...flags, ...durable], {
      stdio: 'ignore',
    });
    for (const url of far.urls) {
      const redis = new Redis(url);
      redis.on('error', () => {});
      await redis.ping();
      redis.disconnect();
    }
    return far;
  } catch (error) {
    await far.dispose();
    throw error;
  }
}
