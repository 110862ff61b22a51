import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Result } from '@deckhand/shared';
import type { Logger } from 'pino';
import type { ModelTimeouts } from './agent/ask.ts';
import type { Brain } from './agent/brain.ts';
import { folderBlobs } from './blobs.ts';
import { AttachmentStore } from './commands/attachments.ts';
import { estateCommands } from './commands/estateCommands.ts';
import { secretCommands } from './commands/secretCommands.ts';
import { serverCommands } from './commands/serverCommands.ts';
import { sessionCommands } from './commands/sessionCommands.ts';
import { turnCommands } from './commands/turnCommands.ts';
import { openSight } from './commands/visible.ts';
import type { Config } from './config.ts';
import { EngineGate, type Preparations } from './engine.ts';
import { createHttpApp } from './http/app.ts';
import { ExtensionTokens } from './identity/extensionTokens.ts';
import type { Identity } from './identity/identity.ts';
import { openPeople } from './identity/people.ts';
import { createRateLimits } from './identity/rateLimits.ts';
import type { ServiceToken } from './identity/tokens.ts';
import { createMetrics } from './metrics.ts';
import { openPreviews } from './previews/previews.ts';
import { RepoCatalog } from './repos/catalog.ts';
import { githubHost } from './repos/github.ts';
import { localHost } from './repos/local.ts';
import { Repos } from './repos/repos.ts';
import type { SandboxDriver } from './sandboxes/driver.ts';
import { EnvironmentSecrets } from './sandboxes/environments/secrets.ts';
import { openEstate } from './sandboxes/estate.ts';
import type { OpenHands } from './sandboxes/sandboxes.ts';
import { Snapshots } from './sandboxes/snapshots/snapshots.ts';
import { closeAll, listen } from './serverLife.ts';
import { Archives } from './sessions/archive/archives.ts';
import { startHibernator } from './sessions/archive/hibernator.ts';
import { Feeds } from './sessions/feed.ts';
import { readMeta } from './sessions/meta.ts';
import { connectStore } from './sessions/store.ts';
import { createSockets } from './sockets/sockets.ts';
import { keepOutputAs } from './turns/artifacts.ts';
import { StopListener } from './turns/turnControl.ts';
import { createWake, startSweeper } from './turns/wake.ts';
import { startWorker } from './turns/worker.ts';

export type AppDeps = {
  config: Config;
  redisUrl: string;
  /** Of this installation; keys for what is kept encrypted are derived from it. */
  secret: string;
  brain: Brain;
  modelTimeouts: ModelTimeouts;
  user: Identity;
  services: ServiceToken[];
  preparations: Preparations;
  /** Finds or makes the engine and its base image; called when first needed and after failures. */
  prepareEngine: () => Promise<Result<{ driver: SandboxDriver }>>;
  openHands: OpenHands;
  webDir: () => string | null;
  /** The sidebar that this server gives out: whose id it knows, and where its files are once they are packed. */
  extension: { id: string; files: (publicUrl: string) => Promise<string | null> };
  /** Epoch milliseconds; what idles is measured by it. The machine's where absent. */
  clock?: () => number;
  log: Logger;
};

export type App = {
  server: Server;
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  url: string;
  signInLink(): Promise<string>;
  close(): Promise<void>;
};

/** A door would rather say `store_down` than hang. */
const doorTimeoutMs = 5_000;

/** Composes the server and starts it in order; `close` goes the other way. */
export async function startApp(deps: AppDeps): Promise<App> {
  const { config, log, brain, redisUrl, clock = Date.now } = deps;
  const closers: (() => unknown)[] = [];
  const blobs = folderBlobs(join(config.dataDir, 'blobs'));
  const archives = new Archives(blobs);
  closers.push(() => archives.close());
  const opened = (options?: { failFastMs?: number }) => {
    const store = connectStore(redisUrl, archives, options);
    closers.push(() => store.disconnect());
    return store;
  };
  const doorStore = opened({ failFastMs: doorTimeoutMs });
  const workStore = opened();
  const metrics = createMetrics();
  const attachments = new AttachmentStore(doorStore, blobs);

  const knownRepos = { changed: () => {} };
  const catalog = new RepoCatalog(config.reposFile, new URL(config.GITHUB_URL).host, error => {
    if (error) log.error({ err: error }, 'repos.json was not taken; what was known before stays in service');
    else knownRepos.changed();
  });
  await catalog.start();
  closers.push(() => catalog.close());
  const address = { url: config.publicUrl };
  const local = localHost(() => address.url);
  const github = githubFrom(config);
  const repos = new Repos(catalog, { local, github }, join(config.dataDir, 'repos'));
  const closing = new AbortController();
  closers.push(() => closing.abort());

  const gate = new EngineGate(deps.prepareEngine);
  closers.push(() => gate.close());
  void gate.ready();

  const snapshots = new Snapshots({
    store: workStore,
    engine: gate.ready,
    kept: config.DECKHAND_SNAPSHOTS_KEPT,
    log,
  });
  const secrets = new EnvironmentSecrets(doorStore, deps.secret);
  const estate = await openEstate({
    config,
    store: workStore,
    opened,
    engine: gate.ready,
    openHands: deps.openHands,
    repos,
    secrets,
    metrics,
    clock,
    log,
  });
  closers.push(() => estate.close());
  const onRepos = async () => {
    await estate.builds.schedule(catalog.list().map(repo => repo.id));
    await repos.warm((repo, message) => log.warn({ repo }, message), closing.signal);
  };
  knownRepos.changed = () =>
    void onRepos().catch(error => log.warn({ err: error }, 'repositories could not be made ready'));
  knownRepos.changed();
  const feeds = new Feeds(workStore, opened());
  closers.push(() => feeds.close());
  const wakes = createWake(opened());
  closers.push(() => wakes.close());
  closers.push(startSweeper(workStore, wakes.wake, error => log.warn({ err: error }, 'a sweep failed')));
  closers.push(
    startHibernator({
      store: workStore,
      orgIds: [deps.user.orgId],
      hibernateMs: config.DECKHAND_HIBERNATE_MS,
      clock,
      log,
    }),
  );

  const worker = startWorker({
    store: workStore,
    blocking: opened(),
    stops: new StopListener(opened()),
    wake: wakes.wake,
    snapshots,
    readAttachment: id => attachments.read(id),
    limits: { turnMs: config.DECKHAND_TURN_MS, turnTokens: config.DECKHAND_TURN_TOKENS },
    concurrency: config.DECKHAND_TURNS_AT_ONCE,
    owner: `${hostname()}:${process.pid}`,
    metrics,
    log,
    turn: {
      model: {
        brain,
        retry: {
          retries: config.DECKHAND_MODEL_RETRIES,
          minMs: config.DECKHAND_MODEL_RETRY_MS,
          maxMs: config.DECKHAND_MODEL_RETRY_MS * 40,
        },
        timeouts: deps.modelTimeouts,
        readAttachment: id => attachments.read(id),
        onRequest: () => metrics.modelRequests.inc(),
      },
      sandboxes: estate,
      deliver: { repos, blobs },
      keepOutput: keepOutputAs(blobs),
      maxSteps: config.DECKHAND_TURN_STEPS,
      log,
    },
  });
  closers.push(() => worker.close());

  const publicUrl = () => address.url;
  const people = openPeople({
    config,
    store: doorStore,
    secret: deps.secret,
    local: deps.user,
    services: deps.services,
    catalog,
    publicUrl,
    clock,
    log,
  });
  const { tokens, act } = people;
  const sight = openSight({ store: doorStore, catalog, visibility: people.visibility });
  const rates = createRateLimits(doorStore);
  const sessionDeps = {
    store: doorStore,
    feeds,
    repos,
    attachments,
    snapshots,
    wake: wakes.wake,
    act,
    sight,
  };
  const previews = openPreviews({
    store: doorStore,
    base: config.DECKHAND_PREVIEW_URL,
    publicUrl,
    extensionId: deps.extension.id,
    tokens,
    sight,
    repos,
    sandboxes: estate.sandboxes,
    wake: meta => estate.warmups.forSession(meta),
    clock,
    log,
  });
  const handlers = {
    ...previews.commands,
    ...sessionCommands(sessionDeps),
    ...turnCommands({ store: doorStore, repos, blobs, sandboxes: estate.sandboxes, snapshots, act, sight }),
    ...secretCommands({ sight, secrets }),
    ...estateCommands({ store: doorStore, sight, estate, engine: gate.ready }),
    ...serverCommands({
      store: doorStore,
      repos,
      warmups: estate.warmups,
      people,
      sight,
      brain,
      publicUrl,
      readiness: () => deps.preparations.readiness(),
    }),
  };
  const hosts = () => new Set(['127.0.0.1', 'localhost', '[::1]', new URL(address.url).hostname]);
  const door = { handlers, rates, metrics, log, store: doorStore, feeds, tokens, sight, hosts };
  const wakeWhileTyping = async (sessionId: string) => {
    const meta = await readMeta(workStore, sessionId);
    if (meta && meta.state !== 'archived') await estate.warmups.forSession(meta);
  };
  const isReady = () => doorStore.status === 'ready';
  const server = createServer(
    createHttpApp({
      ...door,
      blobs,
      attachments,
      webDir: deps.webDir,
      extensionTokens: new ExtensionTokens(doorStore),
      extensionId: deps.extension.id,
      extensionFiles: () => deps.extension.files(address.url),
      isReady,
      signIn: people.signIn,
      publicUrl,
      catalog,
      webhookSecret: config.GITHUB_WEBHOOK_SECRET ?? null,
      onPush: repoId => estate.builds.refresh(repoId, 'push'),
    }),
  );
  const sockets = createSockets(server, {
    ...door,
    onTyping: sessionId => void wakeWhileTyping(sessionId).catch(() => {}),
  });
  closers.push(() => sockets.close());
  previews.standBefore(server);
  closers.push(() => previews.close());
  await listen(server, config.PORT, config.HOST);
  const { port } = server.address() as AddressInfo;
  if (config.PORT === 0 && !config.DECKHAND_PUBLIC_URL) address.url = `http://${config.HOST}:${port}`;

  let closed: Promise<void> | null = null;
  return {
    server,
    url: address.url,
    signInLink: async () => `${address.url}/sign-in?token=${await tokens.createLink()}`,
    close() {
      closed ??= closeAll(closers, log);
      return closed;
    },
  };
}

function githubFrom(config: Config) {
  if (!config.GITHUB_APP_ID || !config.githubPrivateKey) return null;
  return githubHost({
    appId: config.GITHUB_APP_ID,
    privateKey: config.githubPrivateKey,
    apiUrl: config.GITHUB_API_URL,
    webUrl: config.GITHUB_URL.replace(/\/$/, ''),
  });
}
