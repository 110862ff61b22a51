import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { clientFor } from '@deckhand/sandbox/preflight';
import { connectRedis } from '@deckhand/sandbox/preflight/redis-url';
import { failure } from '@deckhand/shared';
import type Docker from 'dockerode';
import type { Redis } from 'ioredis';
import { dockerDriver } from '../src/sandboxes/docker/driver.ts';
import type { TakenDown } from '../src/sandboxes/driver.ts';
import { deploymentIdOf } from '../src/sessions/store/deployment.ts';
import { liveServers } from '../src/sessions/store/liveServers.ts';

type Wanted = { images: boolean; force: boolean; json: boolean };
type Env = Record<string, string | undefined>;

const root = fileURLToPath(new URL('../..', import.meta.url));
const redisMs = 3_000;
const print = (text: string) => process.stdout.write(`${text}\n`);

/** Takes what a deployment has on its engine off it. Answers the exit code; throws a sentence where it may not. */
async function down({ images, force, json }: Wanted, env: Env): Promise<number> {
  const dataDir = resolve(root, env.DECKHAND_DATA ?? '.deckhand');
  const redis = await openRedis(env.REDIS_URL ?? (await textOf(join(dataDir, 'redis', 'url'))));
  try {
    const running = redis ? await liveServers(redis) : [];
    if (!redis && env.REDIS_URL && !force)
      throw new Error(
        'Redis (REDIS_URL) does not answer, so whether a server runs cannot be told. Start it, or add --force.',
      );
    if (running.length > 0 && !force)
      throw new Error(
        `A server of this deployment runs (${running.map(nameOf).join(', ')}). Stop it first, or add --force: its sessions lose their sandboxes.`,
      );
    const blobs = resolve(root, env.DECKHAND_BLOBS ?? join(dataDir, 'blobs'));
    const id = (redis && (await deploymentIdOf(redis))) ?? (await idOf(blobs, dataDir));
    if (!id) throw new Error(`There is no deployment in ${dataDir}: no server was ever started with it.`);
    const taken = await takeOff(id, { images, env });
    if (json) print(JSON.stringify({ deployment: id, ...taken }));
    else say(id, taken);
    return taken.left.length === 0 ? 0 : 1;
  } finally {
    redis?.disconnect();
  }
}

async function takeOff(
  deployment: string,
  { images, env }: { images: boolean; env: Env },
): Promise<TakenDown> {
  const host = env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  const docker = clientFor(host);
  await docker.ping().catch(error => {
    throw new Error(
      `No Docker engine answers at ${host} (${(error as Error).message}): nothing was taken off it.`,
    );
  });
  const driver = dockerDriver({
    docker,
    deployment,
    // Nothing is begun: this is only what the helper for disks runs in.
    baseImage: async () => newestBase(docker, deployment),
    egressSecret: 'unused-when-taking-down',
    diskKind: env.DECKHAND_DISKS === 'volume' ? 'folders' : undefined,
    log: () => {},
  });
  try {
    return await driver.takeDown({ images });
  } finally {
    await driver.close();
  }
}

/** What the deployment's own helper runs, else the newest base image of any version. */
async function newestBase(docker: Docker, deployment: string) {
  const filters = { label: [`deckhand.house=${deployment}`, 'deckhand.role=disks'] };
  const [helper] = await docker.listContainers({ all: true, filters });
  const bases = await docker.listImages({ filters: { label: ['deckhand.role=base'] } });
  const newest = bases
    .filter(({ RepoTags }) => RepoTags?.length)
    .toSorted((a, b) => b.Created - a.Created)[0];
  const tag = helper?.Image ?? newest?.RepoTags?.[0];
  if (tag) return { ok: true as const, tag };
  return failure('engine_down', 'The base image is gone.');
}

/** Undefined where nobody answers: a private Redis goes with its server. */
async function openRedis(url: string | undefined): Promise<Redis | undefined> {
  if (!url) return undefined;
  const redis = connectRedis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: redisMs,
    commandTimeout: redisMs,
  });
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch {
    redis.disconnect();
    return undefined;
  }
}

/** As the blobs say it, else as the data folder does that no server has opened since. */
const idOf = async (blobs: string, dataDir: string): Promise<string | undefined> =>
  (await textOf(join(blobs, 'deployment', 'id'))) ?? (await textOf(join(dataDir, 'house')));

const textOf = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    text => text.trim() || undefined,
    () => undefined,
  );

const nameOf = (server: string) => {
  const [host, pid] = server.split(':');
  return `process ${pid} on ${host}`;
};

const one: Record<string, string> = {
  sandboxes: 'sandbox',
  containers: 'container',
  disks: 'disk',
  volumes: 'volume',
  networks: 'network',
  images: 'image',
};

function say(id: string, { left, ...taken }: TakenDown): void {
  const counted = Object.entries(taken).filter(([, count]) => count > 0);
  const words = counted.map(([kind, count]) => `${count} ${count === 1 ? one[kind] : kind}`);
  if (words.length > 0) print(`Taken off the engine (deployment ${id}): ${words.join(', ')}`);
  else if (left.length === 0) print(`There was nothing of deployment ${id} on the engine`);
  for (const what of left) process.stderr.write(`Left: ${what}\n`);
}

try {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ options: { images: flag, force: flag, json: flag } });
  process.exitCode = await down(values, process.env);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
