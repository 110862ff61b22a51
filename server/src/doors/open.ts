import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { AttachmentStore } from '../commands/attachments.ts';
import type { CommandServices } from '../commands/open.ts';
import type { IdentityServices } from '../identity/compose.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { AuditRecorder } from '../policy/audit/recorder.ts';
import type { SessionLogs } from '../sessions/log/logs.ts';
import type { GithubSetup } from '../setup/githubSetup.ts';
import { trackConnections } from './connections.ts';
import { accountLinkRouter } from './http/accountLink.ts';
import { apiRouter } from './http/api.ts';
import { createHttpApp } from './http/app.ts';
import { egressLogRouter } from './http/egressLog.ts';
import { exportRouter } from './http/export.ts';
import { extensionErrorRouter } from './http/extension/errors.ts';
import { extensionCors, extensionFileRouter } from './http/extension/files.ts';
import { extensionSignInRouter } from './http/extension/signIn.ts';
import { fileRouter } from './http/files.ts';
import { followRouter } from './http/follow.ts';
import { pageRouter } from './http/pages.ts';
import { patchRouter } from './http/patch.ts';
import { schemaRouter } from './http/schemas.ts';
import { screenshotRouter } from './http/screenshots.ts';
import { setupRouter } from './http/setup.ts';
import { signInRouter } from './http/signIn.ts';
import { statsRouter } from './http/stats.ts';
import { statusRouter } from './http/status.ts';
import { openPreviewDoor } from './previews/previews.ts';
import { createSockets } from './sockets/sockets.ts';
import { type WebhookDeps, webhookRouter } from './webhooks/github.ts';
import { slackRouter } from './webhooks/slack.ts';

/** What the doors lead to. */
export type DoorServices = {
  served: CommandServices;
  identity: IdentityServices;
  logs: SessionLogs;
  attachments: AttachmentStore;
  setup: GithubSetup;
  /** Who may tell this server something from outside: GitHub, and Slack through its bot on this machine. */
  webhooks: { github: WebhookDeps; slackPort: () => number | null };
  /** Where this server is, and its page. */
  site: { publicUrl: () => string; webDir: () => string | null };
  /** The sidebar that this server gives out: whose id it knows, and where its files are once they are packed. */
  extension: { id: string; files: (publicUrl: string) => Promise<string | null> };
  audit: AuditRecorder;
  isReady: () => boolean;
  metrics: Metrics;
  log: Logger;
};

/** What a viewer is told last is written within this. */
const saidMs = 50;
/** Requests under way may end within this once the server stops. */
const graceMs = 2_000;

/** All doors on one HTTP server, not listening yet. */
export function openDoors(services: DoorServices): { server: Server; close(): Promise<void> } {
  const { served, identity, logs, site, extension, webhooks, audit, metrics, log } = services;
  const { commands, visible, files } = served;
  const { tokens, signIn, users } = identity;
  const { publicUrl } = site;
  const signedIn = { commands, tokens };
  const closing = new AbortController();
  const hosts = () => new Set(['127.0.0.1', 'localhost', '[::1]', new URL(publicUrl()).hostname]);
  const app = createHttpApp({
    hosts,
    log,
    routers: [
      slackRouter(webhooks.slackPort),
      extensionCors(extension.id),
      statusRouter({ isReady: services.isReady, metrics }),
      followRouter({ ...signedIn, visible, logs, metrics, closing: closing.signal }),
      exportRouter({ ...signedIn, files }),
      patchRouter({ ...signedIn, diffs: served.diffs }),
      egressLogRouter({ ...signedIn, files }),
      extensionSignInRouter({
        tokens,
        signIn,
        extensionTokens: identity.extensionTokens,
        extensionId: extension.id,
        audit,
      }),
      webhookRouter(webhooks.github),
      fileRouter({ ...signedIn, attachments: services.attachments, files, visible }),
      statsRouter({ ...signedIn, statsTables: served.statsTables }),
      screenshotRouter({ ...signedIn, files }),
      extensionErrorRouter({ ...signedIn, metrics, log }),
      apiRouter(signedIn),
      schemaRouter(),
      signInRouter({ tokens, signIn, audit, publicUrl }),
      accountLinkRouter({ tokens, users, signIn, audit, links: served.links, onLinked: identity.linked }),
      setupRouter({ tokens, setup: services.setup, audit }),
      extensionFileRouter(() => extension.files(publicUrl())),
      pageRouter(site.webDir),
    ],
  });
  const server = createServer(app);
  const connections = trackConnections(server);
  const sockets = createSockets(server, {
    ...signedIn,
    visible,
    terminals: served.terminals,
    logs,
    metrics,
    hosts,
    onTyping: (sessionId, userId) => void served.typing(sessionId, userId).catch(() => {}),
  });
  // Last, since it puts itself before the others: a preview's path may be called as theirs.
  const previews = openPreviewDoor(server, {
    previews: served.previews,
    onEntered: ({ userId, sessionId, port }, address) =>
      audit.note({
        act: 'preview.enter',
        ...{ who: { userId }, sessionId, about: { port } },
        from: { way: 'preview', address },
      }),
    frames: () => `chrome-extension://${extension.id} ${publicUrl()}`,
    log,
  });
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
