import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { bash, done, write } from '../emulators/model/index.ts';
import { docker, sandboxContainers } from '../support/engine.ts';
import { patienceMs } from '../support/patience.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { openStack, type Stack } from '../support/stack.ts';

const bin = join(fileURLToPath(new URL('../..', import.meta.url)), 'server/cli/deckhand.mjs');

let stack: Stack;
let second: TestServer;
let deployment = '';

beforeAll(async () => {
  stack = await openStack({
    DECKHAND_POOL_MAX: '0',
    DECKHAND_IMAGE_EVERY_MS: '0',
    DECKHAND_SECRET: 'x'.repeat(40),
  });
  stack.model.script('work', [
    { calls: [write('kept.txt', 'kept\n'), bash('echo ignored.txt >> .gitignore; echo mine > ignored.txt')] },
    done(),
  ]);
  stack.model.script('look', [{ calls: [bash('cat kept.txt ignored.txt || true')] }, done()]);
  deployment = await stack.server.deploymentId();
  second = await startServer({
    REDIS_URL: await stack.server.redisUrl(),
    DECKHAND_BLOBS: join(stack.server.dataDir, 'blobs'),
    DECKHAND_SECRET: 'x'.repeat(40),
    DECKHAND_POOL_MAX: '0',
    DECKHAND_IMAGE_EVERY_MS: '0',
  });
});
afterAll(async () => {
  await second?.dispose();
  await stack?.dispose();
});

function deckhand(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', DECKHAND_DATA: stack.server.dataDir };
  const child = spawn(process.execPath, [bin, ...args], { env });
  const ran = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', data => {
      ran[stream] += data;
    });
  return new Promise(resolve => child.on('close', code => resolve({ ...ran, code })));
}

/** Everything on the engine that says that it is of this deployment. */
async function leftOnEngine(): Promise<string[]> {
  const filters = { label: [`deckhand.house=${deployment}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const { Volumes } = await docker.listVolumes({ filters });
  const networks = await docker.listNetworks({ filters });
  return [
    ...containers.map(({ Names }) => Names[0] ?? ''),
    ...Volumes.map(({ Name }) => Name),
    ...networks.map(({ Name }) => Name),
  ];
}

/** A server that is composed anew goes by another name, and answers nobody for a moment. */
async function answersAgain(redis: Redis, before: string | undefined): Promise<void> {
  const untilMs = Date.now() + patienceMs;
  const isAnother = async () => {
    const names = await redis.zrange('dh:servers', '0', '-1');
    return names.length === 1 && names[0] !== before;
  };
  const answers = () =>
    fetch(`${stack.server.url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!((await isAnother()) && (await answers()))) {
    if (Date.now() > untilMs) throw new Error('the server does not answer again');
    await sleep(50);
  }
}

test('a server that stops leaves running what others serve; so does a change of settings', async () => {
  const session = await stack.ask('Work #work');
  await session.finished();
  const before = await sandboxContainers(deployment);
  expect(before).toHaveLength(1);
  expect(await second.stop()).toBe(0);
  expect(await sandboxContainers(deployment)).toEqual(before);

  const redis = new Redis(await stack.server.redisUrl());
  try {
    const [one] = await redis.zrange('dh:servers', '0', '-1');
    await redis.publish('dh:settings', '');
    await answersAgain(redis, one);
  } finally {
    redis.disconnect();
  }
  await stack.send(session.sessionId, 'Look #look');
  const { outcome, error } = (await session.finished(2)).data;
  expect({ outcome, error }).toEqual({ outcome: 'done', error: undefined });
  expect(await sandboxContainers(deployment)).toEqual(before);
  expect(session.all('sandbox.state').filter(({ data }) => data.state === 'asleep')).toEqual([]);
});

test('while a server runs nothing is taken away, unless it is forced', async () => {
  const { code, stderr } = await deckhand('down');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /A server of this deployment runs \(process \d+ on \S+\)\. Stop it first, or add --force/,
  );
  expect(await sandboxContainers(deployment)).toHaveLength(1);
});

test('everything of a stopped deployment goes, and it is said what; what git knows comes back', async () => {
  const session = await stack.ask('Work #work');
  await session.finished();
  await stack.server.crash();
  // Its Redis goes on and cannot know yet that nobody runs: what was killed left its sandboxes.
  const before = await leftOnEngine();
  expect(before.length).toBeGreaterThan(4);
  const { code, stdout, stderr } = await deckhand('down', '--images', '--force');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    new RegExp(
      `^Taken off the engine \\(deployment ${deployment}\\): 2 sandboxes, \\d containers.*, \\d volumes?`,
    ),
  );
  expect(await leftOnEngine()).toEqual([]);
  expect((await deckhand('down', '--force')).stdout).toBe(
    `There was nothing of deployment ${deployment} on the engine\n`,
  );

  await stack.server.restart();
  await stack.send(session.sessionId, 'Look #look');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('tool.finished').at(-1)?.data.output).toMatch(/^kept\n/);
});

test('where no server was ever started there is nothing to take, and that is said', async () => {
  const env = { ...process.env, NODE_OPTIONS: '', DECKHAND_DATA: join(stack.server.dataDir, 'nothing') };
  const child = spawn(process.execPath, [bin, 'down'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', data => {
    stderr += data;
  });
  const code = await new Promise(resolve => child.on('close', resolve));
  expect([code, stderr]).toEqual([1, expect.stringMatching(/There is no deployment in .*nothing/)]);
});
