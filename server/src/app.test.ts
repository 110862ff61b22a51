import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedis } from '@deckhand/sandbox/preflight/redis';
import type { SandboxInfo, SessionEvent } from '@deckhand/shared';
import { type Client, createClient, newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { bash, done, startScriptedModel } from '../../test/emulators/model/index.ts';
import { removeDeployment } from '../../test/support/engine.ts';
import { watch } from '../../test/support/watch.ts';
import { onlyModel, openModel } from './agent/models/models.ts';
import { defaultModelTimeouts } from './agent/models/wire/liveness.ts';
import { type App, startApp } from './app.ts';
import { parseConfig } from './config.ts';
import type { Identity } from './identity/identity.ts';
import { ensureDataDir, keptDeploymentId } from './platform/dataDir.ts';
import { createLogger } from './platform/log.ts';
import { ensureReposFile, ensureSampleRepo } from './repos/sample.ts';
import { Preparations } from './sandboxes/enginePreparation.ts';
import { openSandbox, prepareEngine } from './sandboxes/prepareEngine.ts';

/** A whole server in this process, so that its clock can be the test's. */
const token = 'a-token-of-this-test';
const hourMs = 3_600_000;
let aheadMs = 0;

let dataDir: string;
let redis: Awaited<ReturnType<typeof ensureRedis>>;
let model: Awaited<ReturnType<typeof startScriptedModel>>;
let app: App;
let client: Client;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'deckhand-clock-'));
  const env = { PORT: '0', DECKHAND_DATA: dataDir, DECKHAND_IMAGE_EVERY_MS: '0', DECKHAND_POOL_MAX: '0' };
  const parsed = parseConfig(env, dataDir);
  if (!parsed.ok) throw new Error(parsed.message);
  const { config } = parsed;
  const say = () => {};
  await ensureDataDir(dataDir);
  redis = await ensureRedis({ url: undefined, dataDir, say });
  const sample = join(dataDir, 'sample.git');
  await ensureSampleRepo(sample);
  await ensureReposFile(config.reposFile, sample);
  model = await startScriptedModel();
  const log = createLogger('silent', []);
  const preparations = new Preparations();
  const secret = 'a-secret-of-this-test';
  const user: Identity = {
    userId: 'usr_local00',
    name: 'Test',
    orgId: 'default',
    scopes: ['read', 'write', 'admin'],
  };
  app = await startApp({
    config,
    redisUrl: redis.url,
    owns: true,
    secret,
    models: onlyModel(
      await openModel('scripted-1', {
        values: { OPENAI_BASE_URL: model.url },
        timeouts: defaultModelTimeouts,
      }),
    ),
    user: { identity: user, signature: null },
    services: [{ token, identity: { ...user, via: 'test' } }],
    preparations,
    prepareEngine: prepareEngine({
      config,
      secret,
      deployment: await keptDeploymentId(dataDir),
      preparations,
      say,
      log,
      env: process.env,
    }),
    openHands: openSandbox,
    webDir: () => null,
    extension: { id: 'a'.repeat(32), files: async () => null },
    clock: () => Date.now() + aheadMs,
    log,
  });
  client = createClient({ url: app.url, token });
});

afterAll(async () => {
  client?.close();
  await app?.close();
  await removeDeployment(await keptDeploymentId(dataDir));
  await redis.stop();
  await model.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function until<T>(look: () => Promise<T | null | undefined | false>, what: string): Promise<T> {
  const deadlineMs = Date.now() + 50_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadlineMs) throw new Error(`waited for ${what}`);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

const sandboxes = async (): Promise<SandboxInfo[]> => {
  const answer = await client.http['sandbox.list']({});
  if (!answer.ok) throw new Error(answer.message);
  return answer.sandboxes;
};

test('a follow-up a day later finds the files, those that git ignores too, and an open page just goes on', async () => {
  model.script('work', [
    { calls: [bash('echo dist/ > .gitignore; mkdir dist; echo made > dist/out')] },
    done(),
  ]);
  model.script('look', [{ calls: [bash('cat dist/out')] }, done('There it is.')]);
  const created = await client.http['session.create']({
    requestId: newRequestId(),
    repo: 'sample',
    prompt: 'Work #work',
  });
  if (!created.ok) throw new Error(created.message);
  const { id } = created.session;
  const session = watch(client, id);
  await session.finished();

  aheadMs += 24 * hourMs;
  await session.until(view => view.head.state === 'asleep', 'sleep');
  await until(async () => (await sandboxes()).length === 0, 'no sandbox');
  const store = new Redis(redis.url);
  await until(async () => (await store.exists(`dh:{${id}}:log`)) === 0, 'hibernation');
  store.disconnect();

  const sent = await client.http['prompt.send']({
    sessionId: id,
    requestId: newRequestId(),
    text: 'Look #look',
  });
  expect(sent.ok).toBe(true);
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('tool.finished').at(-1)?.data.output).toBe('made\n');
  expect(session.events.map((event: SessionEvent) => event.seq)).toEqual(session.events.map((_, n) => n + 1));
  expect(session.failures).toEqual([]);
});

test('a sandbox for a prompt that is never sent is given back', async () => {
  const warmed = await client.http.warmup({ requestId: newRequestId(), repo: 'sample' });
  expect(warmed.ok).toBe(true);
  await until(async () => (await sandboxes()).some(each => each.owner === 'warmup'), 'the warm-up');
  aheadMs += 6 * 60_000;
  await until(async () => !(await sandboxes()).some(each => each.owner === 'warmup'), 'its end');
});

test('a clock that jumps back keeps everything', async () => {
  aheadMs -= 48 * hourMs;
  const created = await client.http['session.create']({
    requestId: newRequestId(),
    repo: 'sample',
    prompt: 'Work #work',
  });
  if (!created.ok) throw new Error(created.message);
  const session = watch(client, created.session.id);
  expect((await session.finished()).data.outcome).toBe('done');
  const mine = await sandboxes();
  expect(mine.map(each => each.sessionId)).toContain(created.session.id);
});
