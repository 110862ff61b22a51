import type { Readiness } from '@deckhand/shared';
import type { Logger } from 'pino';
import type { Models } from '../agent/models/models.ts';
import type { IdentityServices } from '../identity/compose.ts';
import { createRateLimits } from '../identity/rateLimits.ts';
import { type Blobs, readBlob } from '../platform/blobs.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { AuditRecorder } from '../policy/audit/recorder.ts';
import type { Budgets } from '../policy/budgets/budgets.ts';
import type { PolicyLayers } from '../policy/policyLayers.ts';
import { RepoMemory } from '../repos/classifier/memory.ts';
import type { GithubApp } from '../repos/github/app.ts';
import type { MadeReady } from '../repos/madeReady.ts';
import type { Repos } from '../repos/repos.ts';
import type { SandboxServices } from '../sandboxes/compose.ts';
import type { EnvironmentSecrets } from '../sandboxes/environments/secrets.ts';
import type { EngineReady } from '../sandboxes/sandboxes.ts';
import type { Snapshots } from '../sandboxes/snapshots/snapshots.ts';
import type { SessionIndex } from '../sessions/listing/open.ts';
import type { Feeds } from '../sessions/log/feed.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import type { CostOf } from '../sessions/run/sessionUse.ts';
import { artifactBlob } from '../sessions/store/keys.ts';
import { readMeta } from '../sessions/store/meta.ts';
import { replicaWait } from '../sessions/store/replicas.ts';
import type { Store } from '../sessions/store/store.ts';
import type { GithubSettings } from '../setup/settings.ts';
import type { StatsService } from '../stats/stats.ts';
import type { AgentRegistry } from '../tasks/agents/registry.ts';
import type { Attempts } from '../tasks/attempts/attempts.ts';
import type { Children } from '../tasks/children.ts';
import { AccountLinks } from '../threads/accounts.ts';
import type { ThreadNews } from '../threads/threadNews.ts';
import type { SandboxForPerson } from '../turns/sandboxForPerson.ts';
import { accountCommands } from './accountCommands.ts';
import { agentCommands } from './agentCommands.ts';
import type { AttachmentStore } from './attachments.ts';
import { attemptCommands } from './attemptCommands.ts';
import { auditCommands } from './auditCommands.ts';
import { boardCommands } from './boardCommands.ts';
import { budgetCommands } from './budgetCommands.ts';
import { classifyCommands } from './classifyCommands.ts';
import { Commands } from './commands.ts';
import { openControl } from './control/compose.ts';
import { diffCommands, SessionDiffs } from './diffCommands.ts';
import { editCommands } from './editCommands.ts';
import { openEraser } from './erase/eraser.ts';
import { eraseCommands } from './eraseCommands.ts';
import { grantCommands } from './grantCommands.ts';
import { listCommands } from './listCommands.ts';
import { machineCommands } from './machineCommands.ts';
import { needsCommands } from './needsCommands.ts';
import { pathCommands } from './pathCommands.ts';
import { policyCommands } from './policyCommands.ts';
import { openPreviews, type Previews } from './previews/previews.ts';
import { secretCommands } from './secretCommands.ts';
import { serverCommands } from './serverCommands.ts';
import { sessionCommands } from './sessionCommands.ts';
import { SessionFiles } from './sessionFiles.ts';
import { setupCommands } from './setupCommands.ts';
import { type StatsTables, statsCommands, statsTables } from './statsCommands.ts';
import { stepCommands } from './stepCommands.ts';
import { stopCommands } from './stopCommands.ts';
import { Terminals } from './terminal/terminals.ts';
import { threadCommands } from './threadCommands.ts';
import { threadPromptCommands } from './threadPromptCommands.ts';
import { treeCommands } from './treeCommands.ts';
import { turnCommands } from './turnCommands.ts';
import { openVisible, type Visible } from './visible.ts';

/** What the commands of the contract are made of. */
export type CommandServiceDeps = {
  config: GithubSettings & { DECKHAND_PREVIEW_URL?: string | undefined; DECKHAND_CONTROL_MS: number };
  /** Waits for Redis, however long. */
  workStore: Store;
  orgIds: readonly string[];
  /** Answers quickly or not at all: whoever asks would rather be told `store_down` than wait. */
  store: Store;
  blobs: Blobs;
  attachments: AttachmentStore;
  feeds: Feeds;
  /** What lists and searches sessions. */
  index: SessionIndex;
  threadNews: ThreadNews;
  identity: IdentityServices;
  repos: Repos;
  madeReady: MadeReady;
  githubApp: GithubApp | null;
  sandboxes: SandboxServices;
  snapshots: Snapshots;
  engine: EngineReady;
  secrets: EnvironmentSecrets;
  policyLayers: PolicyLayers;
  stats: StatsService;
  agents: AgentRegistry;
  attempts: Attempts;
  children: Children;
  models: Models;
  costOf: CostOf;
  sandboxForPerson: SandboxForPerson;
  readiness: () => Readiness;
  publicUrl: () => string;
  wake: Wake;
  /** A session's change is to be looked at soon. */
  lookAtChanges: (sessionId: string) => Promise<void>;
  audit: AuditRecorder;
  workAudit: AuditRecorder;
  budgets: Budgets;
  metrics: Metrics;
  clock: () => number;
  log: Logger;
};

/** What the doors call. */
export type CommandServices = {
  commands: Commands;
  /** Who may see what. */
  visible: Visible;
  files: SessionFiles;
  diffs: SessionDiffs;
  previews: Previews;
  terminals: Terminals;
  statsTables: StatsTables;
  links: AccountLinks;
  close(): Promise<void>;
  /** Somebody writes a prompt for this session: its sandbox is made ready. */
  typing(sessionId: string, userId: string): Promise<void>;
};

/** Each command of the contract with its handler, behind who may do it and how often. */
export function openCommands(deps: CommandServiceDeps): CommandServices {
  const { config, store, repos, feeds, identity, sandboxes: services, snapshots, attachments, blobs } = deps;
  const { index, metrics, secrets, publicUrl, wake, models, clock, log } = deps;
  const { act, look, users } = identity;
  const { sandboxes, warmups } = services;
  const visible = openVisible({ store, catalog: repos.catalog, visibility: identity.visibility, index });
  const counted = { visible, catalog: repos.catalog, stats: deps.stats, clock };
  const memory = new RepoMemory(store);
  const links = new AccountLinks(store, clock);
  const onSession = async (repoId: string, userId: string) => {
    await Promise.all([deps.madeReady.used(repoId), memory.chosenBy(userId, repoId)]);
  };
  const session = {
    ...{ store, feeds, repos, attachments, snapshots, onSession, wake },
    ...{ act, look, visible, models },
    agents: deps.agents,
    attempts: deps.attempts,
    children: deps.children,
  };
  const { handlers: previewHandlers, ...previews } = openPreviews({
    store,
    base: config.DECKHAND_PREVIEW_URL,
    publicUrl,
    identity,
    visible,
    repos,
    services,
    clock,
  });
  const byHand = {
    ...{ store, visible, sandboxes, secrets, clock, layers: deps.policyLayers },
    sandboxForPerson: deps.sandboxForPerson,
    readMeta: (sessionId: string) => readMeta(store, sessionId),
  };
  const control = openControl({ ...byHand, act, wake, leftMs: config.DECKHAND_CONTROL_MS, log });
  const { handover } = control;
  const erased = { store: deps.workStore, orgIds: deps.orgIds, users, audit: deps.workAudit };
  const diffs = new SessionDiffs({ store, repos, blobs, visible });
  const eraser = openEraser({ ...erased, sandboxes, repos, stats: deps.stats, index, clock, log });
  const handlers = {
    ...eraseCommands({ ...erased, eraser }),
    ...previewHandlers,
    ...control.handlers,
    ...sessionCommands(session),
    ...stopCommands(session),
    ...listCommands({ store, users, visible, look }),
    ...threadCommands({ ...session, users, threadNews: deps.threadNews }),
    ...threadPromptCommands(session),
    ...accountCommands({ identity, links, publicUrl }),
    ...classifyCommands({ act, visible, memory, fast: models.fast, warmups }),
    ...diffCommands(diffs),
    ...editCommands({
      ...{ repos, blobs, visible, act },
      layers: deps.policyLayers,
      roleOf: identity.roleOf,
      sandboxForPerson: deps.sandboxForPerson,
    }),
    ...turnCommands({ store, repos, blobs, sandboxes, snapshots, act, visible }),
    ...stepCommands({
      ...{ store, visible, models, clock },
      readAttachment: id => attachments.read(id),
      readArtifact: id => readBlob(blobs, artifactBlob(id)),
    }),
    ...attemptCommands(session),
    ...treeCommands({ store, visible, act, look, wake, clock, costOf: deps.costOf }),
    ...agentCommands({ store, agents: deps.agents, visible, look }),
    ...needsCommands({ store, visible, look }),
    ...pathCommands({ repos, visible }),
    ...boardCommands({ store, visible, act, clock }),
    ...grantCommands({ store, visible, act, look, clock }),
    ...policyCommands({ store, visible, layers: deps.policyLayers, roleOf: identity.roleOf }),
    ...secretCommands({ visible, secrets }),
    ...auditCommands({ redis: store, blobs, names: deps.audit.names }),
    ...budgetCommands({ store, budgets: deps.budgets, act, visible, users, wake, clock }),
    ...statsCommands(counted),
    ...setupCommands({ config, app: deps.githubApp, catalog: repos.catalog, publicUrl, clock }),
    ...machineCommands({ store, visible, look, machine: services, engine: deps.engine }),
    ...serverCommands({
      store,
      repos,
      warmups,
      identity,
      visible,
      models,
      publicUrl,
      readiness: deps.readiness,
    }),
  };
  return {
    commands: new Commands({
      ...{ handlers, rates: createRateLimits(store), audit: deps.audit, metrics, log },
      ...(store.hasReplicas
        ? { written: replicaWait(store, { clock, onMissing: () => sayMissing(log) }) }
        : {}),
    }),
    visible,
    diffs,
    files: new SessionFiles({ store, blobs, visible, onScreenshot: deps.lookAtChanges }),
    previews,
    terminals: new Terminals({
      ...byHand,
      roleOf: identity.roleOf,
      reached: (sessionId, hands) => handover.reached(sessionId, hands),
      used: (meta, by) => handover.used(meta, by),
    }),
    statsTables: statsTables(counted),
    links,
    close: async () => {
      await control.close();
      await eraser.close();
    },
    async typing(sessionId, userId) {
      const meta = await readMeta(store, sessionId);
      if (meta && meta.state !== 'archived') await warmups.forSession(meta, userId);
    },
  };
}

const sayMissing = (log: Logger) =>
  log.warn('no replica of Redis answers: a failover now would lose what is acknowledged meanwhile');
