import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Result } from '@deckhand/shared';
import type { Logger } from 'pino';
import type { ModelTimeouts } from './agent/ask.ts';
import type { AgentModel } from './agent/model.ts';
import { openChanges } from './changes/compose.ts';
import { AttachmentStore } from './commands/attachments.ts';
import type { Config } from './config.ts';
import { openDoors } from './doors/open.ts';
import type { Identity } from './identity/identity.ts';
import { openPeople } from './identity/people.ts';
import type { ServiceToken } from './identity/tokens.ts';
import { folderBlobs } from './platform/blobs.ts';
import { closeAll, listen } from './platform/listen.ts';
import { createMetrics } from './platform/metrics.ts';
import { RepoCatalog } from './repos/catalog.ts';
import { githubAppFrom } from './repos/github/fromConfig.ts';
import { githubHost } from './repos/github/host.ts';
import { startInstalledRepos } from './repos/github/installed.ts';
import { localHost } from './repos/local.ts';
import { startMadeReady } from './repos/madeReady.ts';
import { Repos } from './repos/repos.ts';
import { openSandboxes } from './sandboxes/compose.ts';
import type { SandboxDriver } from './sandboxes/driver.ts';
import { EnginePreparation, type Preparations } from './sandboxes/enginePreparation.ts';
import { EnvironmentSecrets } from './sandboxes/environments/secrets.ts';
import type { OpenHands } from './sandboxes/sandboxes.ts';
import { Snapshots } from './sandboxes/snapshots/snapshots.ts';
import { startExpiry } from './sessions/approvals.ts';
import { Archives } from './sessions/archive/archives.ts';
import { startHibernator } from './sessions/archive/hibernator.ts';
import { Feeds } from './sessions/log/feed.ts';
import { createWake, startSweeper } from './sessions/queue/wake.ts';
import { connectStore, type Store } from './sessions/store/store.ts';
import { GithubSetup } from './setup/githubSetup.ts';
import { listenForSettings } from './setup/settings.ts';
import { openStats } from './stats/index.ts';
import { startTurns } from './turns/compose.ts';

export type AppDeps = {
  config: Config;
  redisUrl: string;
  /** False where Redis and the blob store are not known to belong together: nothing is swept then. */
  owns: boolean;
  /** Of this installation; keys for what is kept encrypted are derived from it. */
  secret: string;
  agentModel: AgentModel;
  /** Says which repository a message is about; without one names, links and hints decide. */
  fastModel?: AgentModel | null;
  modelTimeouts: ModelTimeouts;
  user: Identity;
  services: ServiceToken[];
  preparations: Preparations;
  /** Finds or makes the engine and its base image; called when first needed and after failures. */
  prepareEngine: () => Promise<Result<{ driver: SandboxDriver }>>;
  openHands: OpenHands;
  webDir: () => string | null;
  /** Where the Slack bot listens on loopback, once it does; null where Slack does not call this server. */
  slackPort?: () => number | null;
  /** Settings that are kept have changed: this server should be closed and composed anew. */
  onSettings?: () => void;
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

/** A door would rather say `store_down` than hang; a turn and what goes on behind wait for Redis, however long. */
const doorTimeoutMs = 5_000;

/** Composes the server and starts it in order; `close` goes the other way. */
export async function startApp(deps: AppDeps): Promise<App> {
  const { config, log, agentModel, redisUrl, clock = Date.now } = deps;
  const closers: (() => unknown)[] = [];
  const blobs = folderBlobs(config.blobsDir);
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
  const githubApp = githubAppFrom(config, clock);
  const github = githubApp && githubHost(githubApp, { workflows: config.DECKHAND_ALLOW_WORKFLOWS });
  const repos = new Repos(catalog, { local, github }, join(config.dataDir, 'repos'));

  const gate = new EnginePreparation(deps.prepareEngine);
  closers.push(() => gate.close());
  void gate.ready();

  const snapshots = new Snapshots({
    store: workStore,
    engine: gate.ready,
    kept: config.DECKHAND_SNAPSHOTS_KEPT,
    log,
  });
  const doorSecrets = new EnvironmentSecrets(doorStore, deps.secret);
  const secrets = new EnvironmentSecrets(workStore, deps.secret);
  const estate = await openSandboxes({
    config,
    store: workStore,
    opened,
    engine: gate.ready,
    openHands: deps.openHands,
    owns: deps.owns,
    repos,
    secrets,
    metrics,
    clock,
    log,
  });
  closers.push(() => estate.close());
  const madeReady = startMadeReady({
    catalog,
    repos,
    store: workStore,
    schedule: ids => estate.builds.schedule(ids),
    log,
  });
  closers.push(() => madeReady.close());
  knownRepos.changed = madeReady.look;
  madeReady.look();
  const installed =
    githubApp && (await startInstalledRepos({ app: githubApp, catalog, store: workStore, log }));
  closers.push(() => installed?.close());
  const feeds = new Feeds(workStore, opened());
  closers.push(() => feeds.close());
  const wakes = createWake(opened());
  closers.push(() => wakes.close());
  const publicUrl = () => address.url;
  const known = { config, secret: deps.secret, local: deps.user, services: deps.services };
  const peopleAt = (store: Store) => openPeople({ ...known, store, catalog, publicUrl, clock, log });
  const people = peopleAt(doorStore);
  const workPeople = peopleAt(workStore);
  people.onLinked(async () => workPeople.linked());
  const room = await openChanges({
    config,
    store: workStore,
    opened,
    blobs,
    repos,
    app: githubApp,
    people: workPeople,
    publicUrl,
    wake: wakes.wake,
    onPush: repoId => estate.builds.refresh(repoId, 'push'),
    onInstallations: async () => installed?.refresh(),
    clock,
    log,
  });
  closers.push(() => room.changes.close());
  closers.push(
    startExpiry({ store: workStore, subscriber: opened(), clock }, error =>
      log.warn({ err: error }, 'approvals did not expire'),
    ),
  );
  closers.push(startSweeper(workStore, wakes.wake, error => log.warn({ err: error }, 'a sweep failed')));
  closers.push(
    startHibernator({
      store: workStore,
      orgIds: [deps.user.orgId],
      hibernateMs: config.DECKHAND_HIBERNATE_MS,
      sweeps: deps.owns,
      clock,
      log,
    }),
  );

  const turns = startTurns({
    config,
    store: workStore,
    opened,
    blobs,
    repos,
    sandboxes: estate,
    snapshots,
    changes: room,
    signatureOf: workPeople.signatureOf,
    agentModel,
    modelTimeouts: deps.modelTimeouts,
    readAttachment: id => attachments.read(id),
    wake: wakes.wake,
    metrics,
    log,
  });
  closers.push(() => turns.close());

  const { orgId } = deps.user;
  const counted = openStats({
    ...config,
    store: workStore,
    orgId,
    repos,
    users: workPeople.users,
    clock,
    log,
  });
  closers.push(() => counted.close());
  const setup = new GithubSetup({ config, store: doorStore, secret: deps.secret, publicUrl, clock, log });
  if (deps.onSettings) await listenForSettings(opened(), deps.onSettings);
  const doors = openDoors({
    config,
    store: doorStore,
    agentModel,
    fastModel: deps.fastModel ?? null,
    slackPort: deps.slackPort ?? (() => null),
    blobs,
    attachments,
    feeds,
    repos,
    madeReady,
    people,
    estate,
    gate,
    secrets: doorSecrets,
    snapshots,
    changes: room,
    stats: counted.stats,
    setup,
    githubApp,
    clock,
    preparations: deps.preparations,
    publicUrl,
    webDir: deps.webDir,
    wake: wakes.wake,
    metrics,
    extension: deps.extension,
    log,
  });
  const { server } = doors;
  closers.push(() => doors.close());
  await listen(server, config.PORT, config.HOST);
  const { port } = server.address() as AddressInfo;
  if (config.PORT === 0 && !config.DECKHAND_PUBLIC_URL) address.url = `http://${config.HOST}:${port}`;

  let closed: Promise<void> | null = null;
  return {
    server,
    url: address.url,
    signInLink: async () => `${address.url}/sign-in?token=${await people.tokens.createLink()}`,
    close() {
      closed ??= closeAll(closers, log);
      return closed;
    },
  };
}
