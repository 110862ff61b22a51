import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { AgentModel } from '../agent/model.ts';
import type { ChangeServices } from '../changes/compose.ts';
import { accountCommands } from '../commands/accountCommands.ts';
import type { AttachmentStore } from '../commands/attachments.ts';
import { classifyCommands } from '../commands/classifyCommands.ts';
import { machineCommands } from '../commands/machineCommands.ts';
import { secretCommands } from '../commands/secretCommands.ts';
import { serverCommands } from '../commands/serverCommands.ts';
import { sessionCommands } from '../commands/sessionCommands.ts';
import { setupCommands } from '../commands/setupCommands.ts';
import { statsCommands } from '../commands/statsCommands.ts';
import { threadCommands } from '../commands/threadCommands.ts';
import { threadPromptCommands } from '../commands/threadPromptCommands.ts';
import { turnCommands } from '../commands/turnCommands.ts';
import { openSight } from '../commands/visible.ts';
import { ExtensionTokens } from '../identity/extensionTokens.ts';
import type { People } from '../identity/people.ts';
import { createRateLimits } from '../identity/rateLimits.ts';
import type { Blobs } from '../platform/blobs.ts';
import type { Metrics } from '../platform/metrics.ts';
import { RepoMemory } from '../repos/classifier/memory.ts';
import type { GithubApp } from '../repos/github/app.ts';
import type { MadeReady } from '../repos/madeReady.ts';
import type { Repos } from '../repos/repos.ts';
import type { SandboxServices } from '../sandboxes/compose.ts';
import type { EnginePreparation, Preparations } from '../sandboxes/enginePreparation.ts';
import type { EnvironmentSecrets } from '../sandboxes/environments/secrets.ts';
import type { Snapshots } from '../sandboxes/snapshots/snapshots.ts';
import type { Feeds } from '../sessions/log/feed.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import { readMeta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { GithubSetup } from '../setup/githubSetup.ts';
import type { GithubSettings } from '../setup/settings.ts';
import type { StatsService } from '../stats/stats.ts';
import { AccountLinks } from '../threads/accounts.ts';
import { trackConnections } from './connections.ts';
import { createHttpApp } from './http/app.ts';
import { openPreviews } from './previews/previews.ts';
import { createSockets } from './sockets/sockets.ts';

/** The rooms of the deployment that the doors lead to. */
export type DoorServices = {
  config: GithubSettings & { DECKHAND_PREVIEW_URL?: string | undefined };
  /** Answers quickly or not at all: a door would rather say `store_down` than hang. */
  store: Store;
  agentModel: AgentModel;
  /** For quick questions; null where there is none. */
  fastModel: AgentModel | null;
  slackPort: () => number | null;
  blobs: Blobs;
  attachments: AttachmentStore;
  feeds: Feeds;
  repos: Repos;
  madeReady: MadeReady;
  people: People;
  estate: SandboxServices;
  gate: EnginePreparation;
  secrets: EnvironmentSecrets;
  snapshots: Snapshots;
  changes: ChangeServices;
  stats: StatsService;
  setup: GithubSetup;
  githubApp: GithubApp | null;
  clock: () => number;
  preparations: Preparations;
  publicUrl: () => string;
  webDir: () => string | null;
  wake: Wake;
  metrics: Metrics;
  /** The sidebar that this server gives out: whose id it knows, and where its files are once they are packed. */
  extension: { id: string; files: (publicUrl: string) => Promise<string | null> };
  log: Logger;
};

/** What a viewer is told last is written within this. */
const saidMs = 50;
/** Requests under way may end within this once the server stops. */
const graceMs = 2_000;

/** Both doors, not listening yet: each command of the table under HTTP and on sockets. */
export function openDoors(rooms: DoorServices): { server: Server; close(): Promise<void> } {
  const { config, store, repos, feeds, people, estate, snapshots, attachments, blobs, log } = rooms;
  const { metrics, secrets, publicUrl, wake, agentModel } = rooms;
  const { tokens, act, look } = people;
  const sight = openSight({ store, catalog: repos.catalog, visibility: people.visibility });
  const statistics = { sight, catalog: repos.catalog, stats: rooms.stats, clock: rooms.clock };
  const memory = new RepoMemory(store);
  const links = new AccountLinks(store, rooms.clock);
  const onSession = async (repoId: string, userId: string) => {
    await Promise.all([rooms.madeReady.used(repoId), memory.chosenBy(userId, repoId)]);
  };
  const session = { store, feeds, repos, attachments, snapshots, onSession, wake, act, look, sight };
  const previews = openPreviews({
    store,
    base: config.DECKHAND_PREVIEW_URL,
    publicUrl,
    extensionId: rooms.extension.id,
    tokens,
    sight,
    repos,
    sandboxes: estate.sandboxes,
    wake: (meta, userId) => estate.warmups.forSession(meta, userId),
    clock: rooms.clock,
    log,
  });
  const handlers = {
    ...previews.commands,
    ...sessionCommands(session),
    ...threadCommands({ ...session, users: people.users }),
    ...threadPromptCommands(session),
    ...accountCommands({ people, links, publicUrl }),
    ...classifyCommands({ act, sight, memory, fast: rooms.fastModel, warmups: estate.warmups }),
    ...turnCommands({ store, repos, blobs, sandboxes: estate.sandboxes, snapshots, act, sight }),
    ...secretCommands({ sight, secrets }),
    ...statsCommands(statistics),
    ...setupCommands({ config, app: rooms.githubApp, catalog: repos.catalog, publicUrl, clock: rooms.clock }),
    ...machineCommands({ store, sight, look, machine: estate, engine: rooms.gate.ready }),
    ...serverCommands({
      store,
      repos,
      warmups: estate.warmups,
      people,
      sight,
      agentModel,
      publicUrl,
      readiness: () => rooms.preparations.readiness(),
    }),
  };
  const hosts = () => new Set(['127.0.0.1', 'localhost', '[::1]', new URL(publicUrl()).hostname]);
  const rates = createRateLimits(store);
  const door = { handlers, rates, metrics, log, store, feeds, tokens, sight, hosts };
  const wakeWhileTyping = async (sessionId: string, userId: string) => {
    const meta = await readMeta(store, sessionId);
    if (meta && meta.state !== 'archived') await estate.warmups.forSession(meta, userId);
  };
  const closing = new AbortController();
  const server = createServer(
    createHttpApp({
      ...door,
      closing: closing.signal,
      blobs,
      attachments,
      webDir: rooms.webDir,
      extensionTokens: new ExtensionTokens(store),
      extensionId: rooms.extension.id,
      extensionFiles: () => rooms.extension.files(publicUrl()),
      isReady: () => store.status === 'ready',
      signIn: people.signIn,
      users: people.users,
      links,
      onLinked: people.linked,
      slackPort: rooms.slackPort,
      publicUrl,
      statistics,
      setup: rooms.setup,
      webhookSecret: config.GITHUB_WEBHOOK_SECRET ?? null,
      onScreenshot: sessionId => rooms.changes.changes.look(sessionId),
      onHints: hints => rooms.changes.hear(hints),
    }),
  );
  const connections = trackConnections(server);
  const sockets = createSockets(server, {
    ...door,
    onTyping: (sessionId, { userId }) => void wakeWhileTyping(sessionId, userId).catch(() => {}),
  });
  previews.standBefore(server);
  return {
    server,
    async close() {
      sockets.sayClosing();
      closing.abort();
      previews.close();
      await sleep(saidMs);
      await Promise.all([connections.hangUp(graceMs), sockets.close()]);
    },
  };
}
