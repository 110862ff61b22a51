import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Models } from '../agent/models/models.ts';
import type { PriceTable } from '../agent/prices.ts';
import type { ChangeServices } from '../changes/compose.ts';
import { openDelivery } from '../delivery/delivery.ts';
import { SecretScanner } from '../delivery/guard/secretScanner.ts';
import { signingOf } from '../delivery/signing.ts';
import type { OwnSignature, SignatureOf } from '../identity/signatures.ts';
import { type Blobs, readBlob } from '../platform/blobs.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { AuditRecorder } from '../policy/audit/recorder.ts';
import type { Budgets } from '../policy/budgets/budgets.ts';
import type { Policies } from '../policy/policies.ts';
import type { Repos } from '../repos/repos.ts';
import type { Sources } from '../sandboxes/acquire/acquire.ts';
import { keepOutputAs, keepTextAs } from '../sandboxes/keptOutput.ts';
import type { Snapshots } from '../sandboxes/snapshots/snapshots.ts';
import { pageAsker } from '../sessions/pageAsks.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import { artifactBlob } from '../sessions/store/keys.ts';
import type { Store } from '../sessions/store/store.ts';
import type { AgentRegistry } from '../tasks/agents/registry.ts';
import type { Attempts } from '../tasks/attempts/attempts.ts';
import type { Children } from '../tasks/children.ts';
import { childNews } from './childNews.ts';
import { type SandboxForPerson, sandboxForPeople } from './sandboxForPerson.ts';
import { StopListener } from './turnControl.ts';
import { startWorker, type WorkerDeps } from './worker.ts';

/** Of the configuration, what turns go by. */
export type TurnSettings = {
  DECKHAND_TURN_MS: number;
  DECKHAND_TURN_TOKENS: number;
  DECKHAND_TURN_STEPS: number;
  DECKHAND_TURNS_AT_ONCE: number;
  DECKHAND_TASKS_AT_ONCE: number;
  DECKHAND_TASK_DEPTH: number;
  DECKHAND_WORKFLOW_RETRIES: number;
  DECKHAND_WORKFLOW_REPLANS: number;
  DECKHAND_WORKFLOW_NODE_MS: number;
  DECKHAND_CONTEXT_TOKENS?: number | undefined;
  DECKHAND_CONTEXT_SHARE: number;
  DECKHAND_CONTEXT_MESSAGES: number;
  DECKHAND_CONTEXT_KEEP: number;
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
  policies: Policies;
  children: Children;
  attempts: Attempts;
  signatureOf: SignatureOf;
  ownSignature: OwnSignature;
  models: Models;
  readAttachment: WorkerDeps['readAttachment'];
  wake: Wake;
  audit: AuditRecorder;
  budgets: Budgets;
  agents: AgentRegistry;
  metrics: Metrics;
  log: Logger;
};

/** The worker that runs turns, with all that one needs: the model, the sandbox, the way out. */
export function startTurns(deps: TurnServiceDeps): {
  sandboxForPerson: SandboxForPerson;
  close(): Promise<void>;
} {
  const { config, store, opened, blobs, repos, changes, signatureOf, readAttachment, metrics, log } = deps;
  const scanner = new SecretScanner();
  const owner = `${hostname()}:${process.pid}`;
  const delivery = openDelivery({
    ...{ store, repos, blobs, changes, signatureOf, scanner },
    ownSignature: deps.ownSignature,
    rules: { workflows: config.DECKHAND_ALLOW_WORKFLOWS },
    audit: deps.audit,
    signing: signingOf(config.DECKHAND_SIGNING_KEY),
  });
  const worker = startWorker({
    store,
    blocking: opened(),
    stops: new StopListener(opened()),
    signatureOf,
    lookAtChanges: changes.look,
    wake: deps.wake,
    childNews: childNews({
      ...{ store, wake: deps.wake, clock: Date.now },
      // The turn has ended: what fails here, the sweep does.
      told: id => deps.attempts.advanceOf(id).catch(error => log.warn({ err: error }, 'attempts wait')),
    }),
    snapshots: deps.snapshots,
    readAttachment,
    limits: { turnMs: config.DECKHAND_TURN_MS, turnTokens: config.DECKHAND_TURN_TOKENS },
    concurrency: config.DECKHAND_TURNS_AT_ONCE,
    owner,
    metrics,
    log,
    turn: {
      model: {
        models: deps.models,
        retry: {
          retries: config.DECKHAND_MODEL_RETRIES,
          minMs: config.DECKHAND_MODEL_RETRY_MS,
          maxMs: config.DECKHAND_MODEL_RETRY_MS * 40,
        },
        onRequest: () => metrics.modelRequests.inc(),
      },
      readAttachment,
      readArtifact: id => readBlob(blobs, artifactBlob(id)),
      clock: Date.now,
      context: {
        windowTokens: config.DECKHAND_CONTEXT_TOKENS ?? null,
        share: config.DECKHAND_CONTEXT_SHARE,
        messages: config.DECKHAND_CONTEXT_MESSAGES,
        keep: config.DECKHAND_CONTEXT_KEEP,
      },
      store,
      sandboxes: deps.sandboxes,
      repos,
      delivery,
      changes: changes.tools,
      children: deps.children,
      policies: deps.policies,
      askPage: pageAsker(store),
      keepOutput: keepOutputAs(blobs),
      budgets: deps.budgets,
      agents: deps.agents,
      tasks: { atOnce: config.DECKHAND_TASKS_AT_ONCE, depth: config.DECKHAND_TASK_DEPTH },
      workflows: {
        retries: config.DECKHAND_WORKFLOW_RETRIES,
        replans: config.DECKHAND_WORKFLOW_REPLANS,
        mends: config.DECKHAND_WORKFLOW_REPLANS,
        timeoutMs: config.DECKHAND_WORKFLOW_NODE_MS,
      },
      keepText: keepTextAs(blobs),
      maxSteps: config.DECKHAND_TURN_STEPS,
      prices: config.prices,
      log,
    },
  });
  return {
    sandboxForPerson: sandboxForPeople({
      ...{ store, delivery, signatureOf, owner },
      ...{ sandboxes: deps.sandboxes, wake: deps.wake },
    }),
    async close() {
      await worker.close();
      await scanner.close();
    },
  };
}
