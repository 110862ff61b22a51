import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import type { Metrics } from '../platform/metrics.ts';
import type { Repos } from '../repos/repos.ts';
import { joinServers } from '../sessions/store/liveServers.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Sources } from './acquire/acquire.ts';
import type { SandboxEgress } from './egressPort.ts';
import type { EnvironmentSecrets } from './environments/secrets.ts';
import { type ImageBuilds, startImageBuilds } from './images/imageBuilds.ts';
import { ImageRecords } from './images/imageRecords.ts';
import { Capacity } from './lifecycle/admission.ts';
import { OwnershipRecords, SleepingDisks } from './lifecycle/ownership.ts';
import { makeRoom, putAllToSleep, startReaper } from './lifecycle/reaper.ts';
import { Warmups } from './lifecycle/warmups.ts';
import { Pool } from './pool/pool.ts';
import { startPoolKeeper } from './pool/poolKeeper.ts';
import { type EngineReady, type OpenHands, Sandboxes } from './sandboxes.ts';

/** Of the configuration, what sandboxes go by. */
export type SandboxSettings = {
  DECKHAND_SANDBOXES_MAX: number;
  DECKHAND_MEMORY_BUDGET_BYTES?: number | undefined;
  DECKHAND_SANDBOX_MEMORY_BYTES: number;
  DECKHAND_SANDBOX_CPUS: number;
  DECKHAND_SANDBOX_PIDS: number;
  DECKHAND_SANDBOX_DISK_BYTES: number;
  DECKHAND_BUILD_MS: number;
  DECKHAND_POOL_MIN: number;
  DECKHAND_POOL_MAX: number;
  DECKHAND_POOL_TOTAL: number;
  DECKHAND_PAUSE_MS: number;
  DECKHAND_IDLE_MS: number;
  DECKHAND_IDLE_VIEWED_MS: number;
  DECKHAND_IMAGE_EVERY_MS: number;
};

export type SandboxServiceDeps = {
  config: SandboxSettings;
  store: Store;
  /** A connection of its own each time. */
  opened: () => Store;
  engine: EngineReady;
  openHands: OpenHands;
  /** False: Redis may not be the one that what lies on the engine was made with, so nothing there is taken for nobody's. */
  owns: boolean;
  repos: Repos;
  secrets: EnvironmentSecrets;
  egress?: SandboxEgress;
  metrics: Metrics;
  /** Epoch milliseconds. */
  clock: () => number;
  log: Logger;
};

export type SandboxServices = Sources & {
  builds: ImageBuilds;
  /** `comesBack`: this server goes on in a moment, so nothing that idles is put to sleep. */
  close(how?: { comesBack: boolean }): Promise<void>;
};

/** A stop takes 10 s at most, whatever is to be put to sleep. */
const stopMs = 6_000;

/** All that has to do with sandboxes, composed: their making ahead, their use, their end. */
export async function openSandboxes(deps: SandboxServiceDeps): Promise<SandboxServices> {
  const { config, store, engine, log, metrics, repos } = deps;
  const records = new OwnershipRecords(store);
  const capacity: Capacity = new Capacity({
    store,
    records,
    most: config.DECKHAND_SANDBOXES_MAX,
    memoryBytes: config.DECKHAND_MEMORY_BUDGET_BYTES,
    memory: async () => {
      const ready = await engine();
      return ready.ok ? ready.driver.memoryUsage() : null;
    },
    disk: async () => {
      const ready = await engine();
      return ready.ok ? ready.driver.diskUsage() : null;
    },
    makeRoom: short => makeRoom(reaperDeps, short),
  });
  const sandboxes = new Sandboxes({
    engine,
    open: deps.openHands,
    records,
    disks: new SleepingDisks(store),
    images: new ImageRecords(store),
    capacity,
    repos,
    secrets: deps.secrets,
    ...(deps.egress ? { egress: deps.egress } : {}),
    limits: {
      memoryBytes: config.DECKHAND_SANDBOX_MEMORY_BYTES,
      cpus: config.DECKHAND_SANDBOX_CPUS,
      pids: config.DECKHAND_SANDBOX_PIDS,
      diskBytes: config.DECKHAND_SANDBOX_DISK_BYTES,
    },
    commandTimeoutMs: config.DECKHAND_BUILD_MS,
    clock: deps.clock,
    log,
  });
  const pool = new Pool(sandboxes, {
    store,
    min: config.DECKHAND_POOL_MIN,
    max: config.DECKHAND_POOL_MAX,
    total: config.DECKHAND_POOL_TOTAL,
    now: deps.clock,
  });
  const warmups = new Warmups(sandboxes, pool);
  const reaperDeps = {
    store,
    sandboxes,
    pool,
    owns: deps.owns,
    metrics,
    log,
    idle: {
      pauseMs: config.DECKHAND_PAUSE_MS,
      sleepMs: config.DECKHAND_IDLE_MS,
      sleepViewedMs: config.DECKHAND_IDLE_VIEWED_MS,
    },
  };
  const keeper = startPoolKeeper(pool, log);
  const builds = await startImageBuilds({
    store: deps.opened(),
    blocking: deps.opened(),
    sandboxes,
    everyMs: config.DECKHAND_IMAGE_EVERY_MS,
    atOnce: Math.max(1, Math.floor(availableParallelism() / 2)),
    log,
    onLooked: state => {
      metrics.builds.inc({ state });
      if (state === 'built') keeper.look();
    },
  });
  const begun = (repoId: string, asked: Promise<void>) =>
    void asked.catch(error => log.warn({ err: error, repoId }, 'no build was begun'));
  sandboxes.onImageLost = repoId => begun(repoId, builds.refresh(repoId, 'schedule'));
  sandboxes.onNoImage = repoId => begun(repoId, builds.hurry(repoId));
  const stopReaper = startReaper(reaperDeps);
  const servers = await joinServers(store, err =>
    log.warn({ err }, 'others may think that this server is gone'),
  );
  // The engine may take a second to say what it uses: whoever types first does not wait for that.
  void capacity.use().catch(() => {});
  return {
    onClaim: from => metrics.claims.inc({ from }),
    sandboxes,
    pool,
    warmups,
    builds,
    async close({ comesBack } = { comesBack: false }) {
      stopReaper();
      await keeper.close();
      await builds.close();
      // What others still serve is not this one's to end.
      const others = await servers.leave().catch(() => []);
      if (deps.owns && !comesBack && others.length === 0) await putAllToSleep(reaperDeps, stopMs);
      sandboxes.close();
    },
  };
}
