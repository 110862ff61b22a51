import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createClient } from '@deckhand/shared/client';
import { Redis } from 'ioredis';
import { keptKey } from '../../extension/pack/key.ts';
import { removeDeployment } from './engine.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sharedKey = join(root, 'node_modules/.cache/deckhand/test-extension-key.pem');

/** A real Deckhand server in a process of its own, on a data folder (and a private Redis) of its own. */
export type TestServer = {
  url: string;
  token: string;
  dataDir: string;
  /** The one-time link it printed. */
  signInLink: string;
  /** What it wrote to stderr so far. */
  log(): string;
  /** How often it ended with an error, without being told to: a bug each. */
  endedByItself(): number;
  /** A client with all rights. */
  client(): ReturnType<typeof createClient>;
  /** Closed with the server, also where a test fails before it would. */
  closeLater(client: { close(): void }): void;
  /** kill -9, as a crash would. Its Redis and sandboxes live on. */
  crash(): Promise<void>;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number>;
  /** Another signal; answers the exit code that comes of it. */
  endBy(signal: NodeJS.Signals): Promise<number>;
  signal(signal: NodeJS.Signals): void;
  /** Stands still (SIGSTOP), as a machine that is starved or suspended does, until it is thawed. */
  freeze(): void;
  thaw(): void;
  /** Bytes of memory that it has now. */
  memoryBytes(): Promise<number>;
  /** Another server on the same data folder and port. */
  restart(env?: Record<string, string>): Promise<void>;
  /** Label of its things on the engine. */
  deploymentId(): Promise<string>;
  redisUrl(): Promise<string>;
  /** Ends everything and removes the data folder. */
  dispose(): Promise<void>;
};

export async function startServer(env: Record<string, string> = {}, folder = tmpdir()): Promise<TestServer> {
  const dataDir = await mkdtemp(join(folder, 'deckhand-test-'));
  // Making a key takes as long as a tenth of a start, and hundreds are started.
  if (env.DECKHAND_EXTENSION_KEY === undefined)
    await writeFile(join(dataDir, 'extension-key.pem'), await keptKey(sharedKey), { mode: 0o600 });
  let settings = env;
  let ends = 0;
  const onEnd = () => {
    ends += 1;
  };
  let child = spawnServer(dataDir, settings);
  let output = collect(child, onEnd);
  let link = await ready(child, output).catch(async error => {
    // Its Redis would stay behind.
    if (child.exitCode === null) child.kill('SIGKILL');
    await shutDownRedis(await readFile(join(dataDir, 'redis', 'url'), 'utf8').catch(() => null));
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  });
  const clients: { close(): void }[] = [];
  const privateRedis = () => readFile(join(dataDir, 'redis', 'url'), 'utf8');

  const server: TestServer = {
    url: new URL(link).origin,
    token: (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim(),
    dataDir,
    signInLink: link,
    log: () => output.text,
    endedByItself: () => ends,
    client() {
      const client = createClient({ url: server.url, token: server.token });
      clients.push(client);
      return client;
    },
    closeLater: client => void clients.push(client),
    async crash() {
      child.kill('SIGKILL');
      await exited(child);
    },
    async stop() {
      child.kill('SIGTERM');
      return exited(child);
    },
    async endBy(signal) {
      child.kill(signal);
      return exited(child);
    },
    signal: signal => void child.kill(signal),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    memoryBytes: async () =>
      Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024,
    async restart(more = {}) {
      settings = { ...settings, ...more, PORT: new URL(server.url).port };
      child = spawnServer(dataDir, settings);
      output = collect(child, onEnd);
      link = await ready(child, output);
      server.signInLink = link;
    },
    deploymentId: async () => (await readFile(join(dataDir, 'house'), 'utf8')).trim(),
    redisUrl: async () => settings.REDIS_URL ?? privateRedis(),
    async dispose() {
      for (const client of clients) client.close();
      if (child.exitCode === null && child.signalCode === null) await server.stop();
      await removeDeployment(await server.deploymentId());
      await shutDownRedis(await privateRedis().catch(() => null));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return server;
}

function spawnServer(dataDir: string, env: Record<string, string>): ChildProcess {
  const { REDIS_URL: _, OPENAI_API_KEY: __, ...inherited } = process.env;
  return spawn(process.execPath, [join(root, 'server/src/main.ts')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...inherited,
      NODE_OPTIONS: '',
      PORT: '0',
      DECKHAND_DATA: dataDir,
      DECKHAND_LOG_LEVEL: 'warn',
      // Images and the pool have tests of their own; elsewhere they would only take the machine's time.
      DECKHAND_IMAGE_EVERY_MS: '0',
      DECKHAND_POOL_MAX: '0',
      ...env,
    },
  });
}

type Output = { text: string };

function collect(child: ChildProcess, onEnd: () => void): Output {
  const output: Output = { text: '' };
  child.stderr?.on('data', (data: Buffer) => {
    output.text += data;
  });
  // A server that ends by itself is a bug whose only trace is here.
  child.on('close', code => {
    if (code === 0 || code === null) return;
    onEnd();
    process.stderr.write(`a server ended by itself with ${code}:\n${output.text.slice(-4000)}\n`);
  });
  return output;
}

/** Resolves with the sign-in link once the server prints it. */
async function ready(child: ChildProcess, output: Output): Promise<string> {
  if (!child.stdout) throw new Error('no stdout');
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const link = /https?:\S+\/sign-in\?token=\S+/.exec(line)?.[0];
    if (link) return link;
  }
  throw new Error(`the server ended before it was ready:\n${output.text}`);
}

async function exited(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? -1;
}

/** A crashed server leaves its Redis behind. */
async function shutDownRedis(url: string | null): Promise<void> {
  if (!url) return;
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {});
  const ended = new Promise<void>(resolve => redis.once('end', () => resolve()));
  await redis.connect().then(
    () => redis.call('SHUTDOWN', 'NOSAVE').catch(() => {}),
    () => {},
  );
  await ended;
}
