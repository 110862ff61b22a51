import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { ModelTimeouts } from '../agent/ask.ts';
import type { AgentModel } from '../agent/model.ts';
import type { PriceTable } from '../agent/prices.ts';
import type { ChangeServices } from '../changes/compose.ts';
import { openDelivery } from '../delivery/delivery.ts';
import { SecretScanner } from '../delivery/guard/secretScanner.ts';
import { signingOf } from '../delivery/signing.ts';
import type { SignatureOf } from '../identity/signatures.ts';
import type { Blobs } from '../platform/blobs.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Repos } from '../repos/repos.ts';
import type { Sources } from '../sandboxes/acquire/acquire.ts';
import { keepOutputAs } from '../sandboxes/keptOutput.ts';
import type { Snapshots } from '../sandboxes/snapshots/snapshots.ts';
import { pageAsker } from '../sessions/pageAsks.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import type { Store } from '../sessions/store/store.ts';
import { StopListener } from './turnControl.ts';
import { startWorker, type WorkerDeps } from './worker.ts';

/** Of the configuration, what turns go by. */
export type TurnSettings = {
  DECKHAND_TURN_MS: number;
  DECKHAND_TURN_TOKENS: number;
  DECKHAND_TURN_STEPS: number;
  DECKHAND_TURNS_AT_ONCE: number;
  DECKHAND_MODEL_RETRIES: number;
  DECKHAND_MODEL_RETRY_MS: number;
  DECKHAND_ALLOW_WORKFLOWS: boolean;
  DECKHAND_SIGNING_KEY?: string | undefined;
  prices: PriceTable;
};

export type TurnServiceDeps = {
  config: TurnSettings;
  /** Waits for Redis, however long: a turn outlives an outage. */
  store: Store;
  /** A connection of its own each time. */
  opened: () => Store;
  blobs: Blobs;
  repos: Repos;
  sandboxes: Sources;
  snapshots: Snapshots;
  changes: ChangeServices;
  signatureOf: SignatureOf;
  agentModel: AgentModel;
  modelTimeouts: ModelTimeouts;
  readAttachment: WorkerDeps['readAttachment'];
  wake: Wake;
  metrics: Metrics;
  log: Logger;
};

/** The worker that runs turns, with all that one needs: the model, the sandbox, the way out. */
export function startTurns(deps: TurnServiceDeps): { close(): Promise<void> } {
  const { config, store, opened, blobs, repos, changes, signatureOf, readAttachment, metrics, log } = deps;
  const scanner = new SecretScanner();
  const worker = startWorker({
    store,
    blocking: opened(),
    stops: new StopListener(opened()),
    signatureOf,
    lookAtChanges: changes.changes.look,
    wake: deps.wake,
    snapshots: deps.snapshots,
    readAttachment,
    limits: { turnMs: config.DECKHAND_TURN_MS, turnTokens: config.DECKHAND_TURN_TOKENS },
    concurrency: config.DECKHAND_TURNS_AT_ONCE,
    owner: `${hostname()}:${process.pid}`,
    metrics,
    log,
    turn: {
      model: {
        agentModel: deps.agentModel,
        retry: {
          retries: config.DECKHAND_MODEL_RETRIES,
          minMs: config.DECKHAND_MODEL_RETRY_MS,
          maxMs: config.DECKHAND_MODEL_RETRY_MS * 40,
        },
        timeouts: deps.modelTimeouts,
        onRequest: () => metrics.modelRequests.inc(),
      },
      readAttachment,
      clock: Date.now,
      sandboxes: deps.sandboxes,
      repos,
      delivery: openDelivery({
        store,
        repos,
        blobs,
        changes: changes.changes,
        signatureOf,
        rules: { workflows: config.DECKHAND_ALLOW_WORKFLOWS },
        scanner,
        signing: signingOf(config.DECKHAND_SIGNING_KEY),
      }),
      changes: changes.deps,
      askPage: pageAsker(store),
      keepOutput: keepOutputAs(blobs),
      maxSteps: config.DECKHAND_TURN_STEPS,
      prices: config.prices,
      log,
    },
  });
  return {
    async close() {
      await worker.close();
      await scanner.close();
    },
  };
}
