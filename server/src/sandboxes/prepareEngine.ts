import { createHash } from 'node:crypto';
import { ensureBaseImage, ensureEngine } from '@deckhand/sandbox/preflight';
import { failure, type Result } from '@deckhand/shared';
import type { Logger } from 'pino';
import { openHands } from './channel/openHands.ts';
import { dockerDriver } from './docker/driver.ts';
import { engineVersions, knownEscapes } from './docker/knownEscapes.ts';
import type { SandboxDriver } from './driver.ts';
import type { Preparations } from './enginePreparation.ts';
import type { OpenHands } from './sandboxes.ts';
import { toFailure } from './worktree/script.ts';

export type EngineDeps = {
  config: {
    DOCKER_HOST?: string | undefined;
    dataDir: string;
    DECKHAND_DISK_BUDGET_BYTES?: number | undefined;
    DECKHAND_DISKS: 'auto' | 'volume';
    DECKHAND_SANDBOX_DISK_BYTES: number;
    DECKHAND_SANDBOX_PIDS: number;
    DECKHAND_SANDBOX_RUNTIME?: string | undefined;
    DECKHAND_SHARED_IMAGES?: string | undefined;
    DECKHAND_EGRESS_UPSTREAM_NAMES?: string | undefined;
    egressAuthorities?: string | undefined;
  };
  /** Of this installation, kept in the data folder. */
  secret: string;
  deployment: string;
  preparations: Preparations;
  say: (text: string) => void;
  log: Logger;
  /** The host's environment, whose proxies and certificates sandboxes need. */
  env: NodeJS.ProcessEnv;
};

const listed = (names: string | undefined) => (names ?? '').split(/[\s,]+/).filter(Boolean);

const derive = (secret: string, use: string) => createHash('sha256').update(`${use}:${secret}`).digest('hex');

/** Finds or starts Docker, then builds the base image; both show on the page while they take their time. */
export const prepareEngine = (deps: EngineDeps) => async (): Promise<Result<{ driver: SandboxDriver }>> => {
  const { config, preparations, secret, deployment, log, env } = deps;
  const step = (name: string) => (text: string) => {
    preparations.set(name, 'preparing', text);
    deps.say(text);
  };
  const failed = (name: string, message: string) => {
    preparations.set(name, 'failed', message);
    log.error({ part: name }, message);
    return failure('engine_down', message);
  };

  preparations.set('Docker', 'preparing', 'Looking for Docker');
  const engine = await ensureEngine({
    dockerHost: config.DOCKER_HOST,
    dataDir: config.dataDir,
    say: step('Docker'),
  });
  if (!engine.ok) return failed('Docker', engine.message);
  // The kernel is shared: who breaks out of the engine's oldest part is on the host.
  const holes = config.DECKHAND_SANDBOX_RUNTIME ? [] : knownEscapes(await engineVersions(engine.docker));
  for (const hole of holes) log.warn(hole);
  preparations.set('Docker', 'ok', holes.join(' '));

  preparations.set('Base image', 'preparing', 'Looking for the base image');
  const image = await ensureBaseImage({ docker: engine.docker, say: step('Base image'), env });
  if (!image.ok) return failed('Base image', image.message);
  preparations.set('Base image', 'ok');

  const driver = dockerDriver({
    docker: engine.docker,
    deployment,
    baseImage: async () => ({ ok: true, tag: image.tag }),
    egressSecret: derive(secret, 'egress'),
    ...(config.DECKHAND_DISK_BUDGET_BYTES ? { diskBudgetBytes: config.DECKHAND_DISK_BUDGET_BYTES } : {}),
    diskKind: config.DECKHAND_DISKS === 'volume' ? 'folders' : undefined,
    buildLimits: { diskBytes: config.DECKHAND_SANDBOX_DISK_BYTES, pids: config.DECKHAND_SANDBOX_PIDS },
    runtime: config.DECKHAND_SANDBOX_RUNTIME,
    sharedImages: listed(config.DECKHAND_SHARED_IMAGES),
    egressUpstream: env.HTTPS_PROXY ?? env.https_proxy,
    egressNoProxy: env.NO_PROXY ?? env.no_proxy,
    egressRules: true,
    egressAuthorities: config.egressAuthorities,
    egressUpstreamNames: listed(config.DECKHAND_EGRESS_UPSTREAM_NAMES),
    log: text => log.info(text),
  });
  preparations.set('Sandboxes', 'preparing', 'Starting what sandboxes need');
  const prepared = await driver.prepare();
  if (!prepared.ok) return failed('Sandboxes', prepared.message);
  preparations.set('Sandboxes', 'ok');
  return { ok: true, driver };
};

/** An engine that is restarted comes back within this; a turn that waits longer says so instead. */
const patienceMs = { runtime: 30_000, engine: 20_000 };

export const openSandbox: OpenHands = async (driver, sandboxId, owner) => {
  const opened = await openHands({ driver, sandboxId, ...owner, patienceMs });
  return opened.ok ? opened : toFailure(opened);
};
