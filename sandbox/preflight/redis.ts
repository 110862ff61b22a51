import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeckhandError } from '@deckhand/shared';
import type { Redis } from 'ioredis';
import { install as installPackages } from './apt.ts';
import { withLock } from './lock.ts';
import { connectRedis } from './redisUrl.ts';
import type { Say } from './say.ts';

export type FoundRedis = {
  url: string;
  /** Whether this process started it; else it was there, and others may use it. */
  isOurs: boolean;
  /** Ends the private server, with everything on disk. Does nothing for a configured one. */
  stop(): Promise<void>;
  /** Starts the private server again whenever it has ended, until it is stopped: a full disk ends it, e.g. */
  keep(tell: (text: string) => void): void;
};

/**
 * Finds Redis, or starts a private one in the data folder: durable (every write is synced before it is answered),
 * on loopback, surviving a crash of ours, found again by the next start.
 */
export async function ensureRedis(options: {
  url: string | undefined;
  dataDir: string;
  say: Say;
}): Promise<FoundRedis> {
  if (options.url !== undefined) {
    if (await answers(options.url))
      return { url: options.url, isOurs: false, stop: async () => {}, keep: () => {} };
    const shown = options.url.replace(/\/\/[^@/]*@/, '//');
    throw new DeckhandError(
      'store_down',
      `Redis does not answer at ${shown}. Start it, or unset REDIS_URL for a private one.`,
    );
  }
  const dir = join(options.dataDir, 'redis');
  await mkdir(dir, { recursive: true });
  // Two servers that start at once on one data folder share one Redis.
  return withLock(join(dir, 'lock'), async () => {
    const known = await readFile(join(dir, 'url'), 'utf8').catch(() => null);
    if (known && (await answers(known)))
      return { url: known, isOurs: false, ...kept(dir, known, () => shutDown(known)) };
    const { url, child } = await startServer(await ensureRedisServer(options.say), dir);
    return { url, isOurs: true, ...kept(dir, url, () => shutDown(url, child)) };
  });
}

/** How often it is looked whether the private server is there. */
const lookMs = 5_000;

function kept(dir: string, url: string, shutDown: () => Promise<void>): Pick<FoundRedis, 'stop' | 'keep'> {
  const over = new AbortController();
  const look = async (tell: (text: string) => void) => {
    while (!over.signal.aborted) {
      await sleep(lookMs, undefined, { signal: over.signal, ref: false }).catch(() => {});
      if (over.signal.aborted || (await answers(url))) continue;
      await withLock(join(dir, 'lock'), async () => {
        // Another server of this data folder may have been quicker, or has begun one anew at another port: its files
        // are that one's then.
        const current = await readFile(join(dir, 'url'), 'utf8').catch(() => null);
        if (over.signal.aborted || current !== url || (await answers(url))) return;
        tell('The private redis-server has ended and is started again');
        run(await ensureRedisServer(tell), dir);
      }).catch(error => tell(`The private redis-server could not be started again: ${error}`));
    }
  };
  return {
    keep: tell => void look(tell),
    stop: () => {
      over.abort();
      return shutDown();
    },
  };
}

/** Where it listens already, one more ends by itself before it touches any file. */
function run(binary: string, dir: string): ChildProcess {
  const log = openSync(join(dir, 'redis.log'), 'a');
  const child = spawn(binary, [join(dir, 'redis.conf')], { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  return child;
}

async function answers(url: string): Promise<boolean> {
  const redis = connectRedis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2_000 });
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    hangUp(redis);
  }
}

/** What has ended is left alone: ioredis would wait two seconds for its connection to close once more. */
function hangUp(redis: Redis): void {
  if (redis.status !== 'end') redis.disconnect();
}

/** The path of redis-server, installed from Debian's packages where it is absent and may be. */
export async function ensureRedisServer(say: Say): Promise<string> {
  const found = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']
    .map(dir => join(dir, 'redis-server'))
    .find(path => existsSync(path));
  if (found) return found;
  const installed = await installPackages(['redis-server'], say);
  if (installed.ok) return '/usr/bin/redis-server';
  throw new DeckhandError('store_down', `There is no redis-server: ${installed.message} Or set REDIS_URL.`);
}

async function startServer(binary: string, dir: string): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort();
  const password = crypto.randomUUID();
  const url = `redis://:${password}@127.0.0.1:${port}`;
  // The password keeps other users of this machine out; in a file, for arguments are seen by all.
  await writeFile(join(dir, 'redis.conf'), configOf(dir, port, password), { mode: 0o600 });
  const child = run(binary, dir);
  const failed = new Promise<'exited'>(resolve => child.once('exit', () => resolve('exited')));
  const deadlineMs = Date.now() + 60_000;
  while (!(await answers(url))) {
    const exited = await Promise.race([failed, sleep(50)]);
    if (exited || Date.now() > deadlineMs)
      throw new DeckhandError(
        'store_down',
        `The private redis-server did not start. Its log: ${join(dir, 'redis.log')}`,
      );
  }
  const aside = join(dir, `url.${process.pid}`);
  await writeFile(aside, url, { mode: 0o600 });
  await rename(aside, join(dir, 'url'));
  return { url, child };
}

const configOf = (dir: string, port: number, password: string) =>
  [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(dir)}`,
    'appendonly yes',
    'appendfsync always',
    'maxmemory-policy noeviction',
    'save ""',
    'daemonize no',
    '',
  ].join('\n');

/** Longer than it takes to write what is under way; every write is on the disk before it is answered. */
const shutDownMs = 1_500;

/** Ends it within 1.5 s, by force where it does not do so by itself. `child`: where this process started it. */
async function shutDown(url: string, child?: ChildProcess): Promise<void> {
  const redis = connectRedis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: shutDownMs,
  });
  const gone = new Promise<'gone'>(resolve => redis.once('end', () => resolve('gone')));
  const late = sleep(shutDownMs, 'late' as const, { ref: false });
  const asked = redis
    .connect()
    .then(() => redis.info('server'))
    .catch(() => '');
  const about = await Promise.race([asked, late]);
  void redis.call('SHUTDOWN', 'NOSAVE').catch(() => {});
  const ended = await Promise.race([gone, late]);
  hangUp(redis);
  if (ended === 'gone') return;
  // It is on this machine: it listens on loopback alone.
  const pid = Number(/^process_id:(\d+)/m.exec(about)?.[1]);
  if (child?.exitCode === null) child.kill('SIGKILL');
  else if (pid > 0) endProcess(pid);
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
