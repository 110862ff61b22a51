import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Result } from '@deckhand/shared';
import type { Logger } from 'pino';
import { type Models, namedModel } from './agent/models/models.ts';
import { costOf } from './agent/prices.ts';
import { toolNames } from './agent/tools/catalog.ts';
import { openChanges } from './changes/compose.ts';
import { AttachmentStore } from './commands/attachments.ts';
import { openCommands } from './commands/open.ts';
import { openVisible } from './commands/visible.ts';
import type { Config } from './config.ts';
import { openDoors } from './doors/open.ts';
import { openIdentity } from './identity/compose.ts';
import type { LocalUser } from './identity/localUser.ts';
import type { ServiceToken } from './identity/tokens.ts';
import { folderBlobs } from './platform/blobs.ts';
import { closeAll, listen } from './platform/listen.ts';
import { createMetrics } from './platform/metrics.ts';
import { openAudit } from './policy/audit/compose.ts';
import { secretUse } from './policy/audit/recorder.ts';
import { openBudgets } from './policy/budgets/compose.ts';
import type { CostOf } from './policy/budgets/runCost.ts';
import { openPolicyLayers } from './policy/compose.ts';
import { openEgress } from './policy/egress/compose.ts';
import { openPolicies } from './policy/policies.ts';
import { openRepos } from './repos/compose.ts';
import { startInstalledRepos } from './repos/github/installed.ts';
import { startMadeReady } from './repos/madeReady.ts';
import { openSandboxes } from './sandboxes/compose.ts';
import type { SandboxDriver } from './sandboxes/driver.ts';
import { EnginePreparation, type Preparations } from './sandboxes/enginePreparation.ts';
import { EnvironmentSecrets } from './sandboxes/environments/secrets.ts';
import type { OpenHands } from './sandboxes/sandboxes.ts';
import { Snapshots } from './sandboxes/snapshots/snapshots.ts';
import { Archives } from './sessions/archive/archives.ts';
import { startKeepers } from './sessions/keepers.ts';
import { openSessionIndex } from './sessions/listing/open.ts';
import { Feeds } from './sessions/log/feed.ts';
import { sessionLogs } from './sessions/log/logs.ts';
import { createWake } from './sessions/queue/wake.ts';
import { connectStore, type Store } from './sessions/store/store.ts';
import { GithubSetup } from './setup/githubSetup.ts';
import { listenForSettings } from './setup/settings.ts';
import { openStats } from './stats/index.ts';
import { openAgents } from './tasks/agents/compose.ts';
import { openChildren } from './tasks/compose.ts';
import { ThreadNews } from './threads/threadNews.ts';
import { startTurns } from './turns/compose.ts';
import { openAttempts } from './turns/openAttempts.ts';

export type AppDeps = {
  config: Config;
  redisUrl: string;
  /** False where Redis and the blob store are not known to belong together: nothing is swept then. */
  owns: boolean;
  /** Of this installation; keys for what is kept encrypted are derived from it. */
  secret: string;
  models: Models;
  user: LocalUser;
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
  /** `comesBack`: it is composed anew in a moment. */
  close(how?: { comesBack: boolean }): Promise<void>;
};

/** A door would rather say `store_down` than hang; a turn and what goes on behind wait for Redis, however long. */
const doorTimeoutMs = 5_000;

/** Composes the server and starts it in order; `close` goes the other way. */
export async function startApp(deps: AppDeps): Promise<App> {
  const { config, log, models, redisUrl, clock = Date.now } = deps;
  const closers: (() => unknown)[] = [];
  let comesBack = false;
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

  const address = { url: config.publicUrl };
  const known = await openRepos({ config, publicUrl: () => address.url, clock, log });
  closers.push(() => known.close());
  const { catalog, githubApp, repos } = known;

  const engine = new EnginePreparation(deps.prepareEngine);
  closers.push(() => engine.close());
  void engine.ready();

  const snapshots = new Snapshots({
    store: workStore,
    engine: engine.ready,
    kept: config.DECKHAND_SNAPSHOTS_KEPT,
    log,
  });
  const doorSecrets = new EnvironmentSecrets(doorStore, deps.secret);
  const audited = openAudit({
    doorStore,
    store: workStore,
    secret: deps.secret,
    seals: deps.owns,
    clock,
    log,
  });
  closers.push(() => audited.close());
  const { audit, workAudit } = audited;
  const secrets = new EnvironmentSecrets(workStore, deps.secret, ({ repoId, phase, names }) =>
    workAudit.note(secretUse(repoId, phase, names)),
  );
  const given = { config, store: workStore, engine: engine.ready, repos, secrets, clock, log };
  const { orgId } = deps.user.identity;
  const policyLayers = await openPolicyLayers(given);
  const terms = { tools: toolNames, hasModel: (name: string) => namedModel(models, name) !== undefined };
  const agents = openAgents({ ...given, terms });
  const egress = openEgress({ ...given, policyLayers, subscriber: opened(), secret: deps.secret, orgId });
  closers.push(() => egress.close());
  doorSecrets.onChange = repoId => void egress.refreshRepository(repoId);
  const sandboxes = await openSandboxes({
    ...given,
    opened,
    openHands: deps.openHands,
    owns: deps.owns,
    egress,
    metrics,
  });
  closers.push(() => sandboxes.close({ comesBack }));
  const schedule = (ids: string[]) => sandboxes.builds.schedule(ids);
  const madeReady = startMadeReady({ catalog, repos, store: workStore, schedule, log });
  closers.push(() => madeReady.close());
  known.onChanged(madeReady.look);
  madeReady.look();
  const installed =
    githubApp && (await startInstalledRepos({ app: githubApp, catalog, store: workStore, log }));
  closers.push(() => installed?.close());
  const index = openSessionIndex({ ...given, dataDir: config.dataDir, subscriber: opened(), orgId });
  closers.push(() => index.close());
  const feeds = new Feeds(workStore, opened());
  closers.push(() => feeds.close());
  const threadNews = new ThreadNews({
    store: doorStore,
    subscriber: opened(),
    clock,
    onError: error => log.warn({ err: error }, 'news of threads were not written down'),
  });
  closers.push(() => threadNews.close());
  const wakes = createWake(opened());
  closers.push(() => wakes.close());
  const publicUrl = () => address.url;
  const people = { config, secret: deps.secret, local: deps.user, services: deps.services };
  const identityAt = (store: Store) => openIdentity({ ...people, store, catalog, publicUrl, clock, log });
  const identity = identityAt(doorStore);
  const workIdentity = identityAt(workStore);
  identity.onLinked(async () => workIdentity.linked());
  const changes = await openChanges({
    config,
    store: workStore,
    opened,
    blobs,
    repos,
    app: githubApp,
    identity: workIdentity,
    publicUrl,
    wake: wakes.wake,
    onPush: repoId => sandboxes.builds.refresh(repoId, 'push'),
    onInstallations: async () => installed?.refresh(),
    clock,
    log,
  });
  closers.push(() => changes.close());
  closers.push(
    startKeepers({
      store: workStore,
      opened,
      orgIds: [deps.user.identity.orgId],
      sweeps: deps.owns,
      hibernateMs: config.DECKHAND_HIBERNATE_MS,
      wake: wakes.wake,
      clock,
      log,
    }),
  );

  const priced: CostOf = (model, usage) => costOf(config.prices, model, usage);
  const spent = openBudgets({
    ...{ store: workStore, costOf: priced, clock, log },
    policy: () => config.budgets,
    teamsOf: async userId => (await workIdentity.users.get(userId))?.teams ?? [],
  });
  closers.push(() => spent.close());
  const { budgets } = spent;
  const { visibility } = workIdentity;
  const workVisible = openVisible({ store: workStore, catalog, visibility, index });
  const children = openChildren({
    ...{ config, store: workStore, wake: wakes.wake, identityOf: workIdentity.identityOf },
    ...{ findRepo: workVisible.repo, findAgent: agents.find.bind(agents), onSession: madeReady.used },
  });
  const trying = openAttempts({
    ...{ config, store: workStore, repos, blobs, snapshots, agents, wake: wakes.wake, costOf: priced },
    ...{ sandboxes: sandboxes.sandboxes, onSession: madeReady.used, clock, log },
  });
  closers.push(async () => trying.close());
  const { attempts } = trying;
  const turns = startTurns({
    ...{ config, store: workStore, opened, blobs, repos, sandboxes, snapshots, changes },
    policies: openPolicies({ store: workStore, layers: policyLayers, roleOf: workIdentity.roleOf, clock }),
    signatureOf: workIdentity.signatureOf,
    ownSignature: workIdentity.ownSignature,
    readAttachment: id => attachments.read(id),
    wake: wakes.wake,
    audit: workAudit,
    ...{ agents, children, attempts, models, budgets, metrics, log },
  });
  closers.push(() => turns.close());

  const counted = openStats({
    ...{ ...config, store: workStore, orgId, repos, users: workIdentity.users, clock, log },
  });
  closers.push(() => counted.close());
  const setup = new GithubSetup({ config, store: doorStore, secret: deps.secret, publicUrl, clock, log });
  if (deps.onSettings) await listenForSettings(opened(), deps.onSettings);
  const served = openCommands({
    ...{ config, store: doorStore, workStore, orgIds: [orgId], blobs, attachments, feeds, index, threadNews },
    ...{ identity, policyLayers, repos, madeReady, githubApp, sandboxes, snapshots },
    engine: engine.ready,
    secrets: doorSecrets,
    stats: counted.stats,
    ...{ agents, attempts, children, sandboxForPerson: turns.sandboxForPerson },
    readiness: () => deps.preparations.readiness(),
    wake: wakes.wake,
    lookAtChanges: sessionId => changes.look(sessionId),
    ...{ costOf: priced, models, publicUrl, audit, workAudit, budgets, metrics, clock, log },
  });
  closers.push(() => served.close());
  const doors = openDoors({
    served,
    identity,
    logs: sessionLogs(doorStore, feeds),
    attachments,
    setup,
    webhooks: {
      github: {
        store: doorStore,
        webhookSecret: config.GITHUB_WEBHOOK_SECRET ?? null,
        onHints: hints => changes.hear(hints),
      },
      slackPort: deps.slackPort ?? (() => null),
    },
    site: { publicUrl, webDir: deps.webDir },
    extension: deps.extension,
    audit,
    isReady: () => doorStore.status === 'ready',
    metrics,
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
    signInLink: async () => `${address.url}/sign-in?token=${await identity.tokens.createLink()}`,
    close(how) {
      comesBack = how?.comesBack ?? false;
      closed ??= closeAll(closers, log);
      return closed;
    },
  };
}
