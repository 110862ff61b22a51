import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedis } from '@deckhand/sandbox/preflight/redis';
import { failure } from '@deckhand/shared';
import { type Client, createClient } from '@deckhand/shared/client';
import { onlyModel, openModel } from '../../src/agent/models/models.ts';
import { defaultModelTimeouts } from '../../src/agent/models/wire/liveness.ts';
import { type App, startApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import type { Identity } from '../../src/identity/identity.ts';
import { folderBlobs } from '../../src/platform/blobs.ts';
import { ensureDataDir } from '../../src/platform/dataDir.ts';
import { createLogger } from '../../src/platform/log.ts';
import { Preparations } from '../../src/sandboxes/enginePreparation.ts';
import { openSandbox } from '../../src/sandboxes/prepareEngine.ts';
import { Archives } from '../../src/sessions/archive/archives.ts';
import { connectStore, type Store } from '../../src/sessions/store/store.ts';

export const token = 'a-token-of-this-test';

/** A whole server in this process, without an engine, on a store that the test writes to as it likes. */
export type StatsStack = {
  dataDir: string;
  store: Store;
  app(): App;
  client(): Client;
  /** Starts it, anew where it runs; facts and Redis stay. */
  start(): Promise<void>;
  stop(): Promise<void>;
  dispose(): Promise<void>;
};

export async function openStatsStack({
  repos = [],
  webDir = null,
  policy,
}: {
  repos?: { id: string; url: string }[];
  webDir?: string | null;
  /** The organisation's policy file. */
  policy?: string;
} = {}): Promise<StatsStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'deckhand-stats-'));
  const policyFile = join(dataDir, 'policy.yaml');
  if (policy !== undefined) await writeFile(policyFile, policy);
  const base = {
    ...{ PORT: '0', DECKHAND_DATA: dataDir, DECKHAND_IMAGE_EVERY_MS: '0', DECKHAND_POOL_MAX: '0' },
    ...(policy === undefined ? {} : { DECKHAND_POLICY: policyFile }),
  };
  const parsed = parseConfig(base, dataDir);
  if (!parsed.ok) throw new Error(parsed.message);
  const { config } = parsed;
  await ensureDataDir(dataDir);
  await writeFile(config.reposFile, JSON.stringify({ repos }));
  const redis = await ensureRedis({ url: undefined, dataDir, say: () => {} });
  const store = connectStore(redis.url, new Archives(folderBlobs(join(dataDir, 'blobs'))));
  const user: Identity = {
    userId: 'usr_local00',
    name: 'Test',
    orgId: 'default',
    scopes: ['read', 'write', 'admin'],
  };
  let running: { app: App; client: Client } | null = null;
  const now = () => {
    if (!running) throw new Error('not started');
    return running;
  };
  const stack: StatsStack = {
    dataDir,
    store,
    app: () => now().app,
    client: () => now().client,
    async start() {
      await stack.stop();
      const app = await startApp({
        config,
        redisUrl: redis.url,
        owns: true,
        secret: 'a-secret-of-this-test',
        // Nobody answers there.
        models: onlyModel(
          await openModel('m', {
            values: { OPENAI_BASE_URL: 'http://127.0.0.1:9' },
            timeouts: defaultModelTimeouts,
          }),
        ),
        user: { identity: user, signature: null },
        services: [{ token, identity: { ...user, via: 'cli' } }],
        preparations: new Preparations(),
        prepareEngine: async () => failure('engine_down', 'No engine here.'),
        openHands: openSandbox,
        extension: { id: 'none', files: async () => null },
        webDir: () => webDir,
        log: createLogger('silent', []),
      });
      running = { app, client: createClient({ url: app.url, token }) };
    },
    async stop() {
      running?.client.close();
      await running?.app.close();
      running = null;
    },
    async dispose() {
      await stack.stop();
      store.disconnect();
      store.archives.close();
      await redis.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return stack;
}
