import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '@deckhand/shared/client';
import { App, HTTPReceiver, SocketModeReceiver } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { BotConfig } from './config.ts';
import type { Bot } from './deps.ts';
import { boltLogger } from './log.ts';
import { requestMs } from './relay/hold.ts';
import { Relays } from './relay/relays.ts';
import { lateThreads, personServer } from './server/personServer.ts';
import { boundBodies } from './slack/boundedDoor.ts';
import { Directory } from './slack/directory.ts';
import { Pace } from './slack/pace.ts';
import type { Self } from './slack/self.ts';
import { Slack } from './slack/slack.ts';
import { onActions } from './ways/actions.ts';
import { onAgentSession } from './ways/agentSession.ts';
import { catchUp } from './ways/catchUp.ts';
import { onCommand } from './ways/command.ts';
import { onHome } from './ways/home.ts';
import { onLifecycle } from './ways/lifecycle.ts';
import { onMessages } from './ways/messages.ts';
import { onPlanWindow } from './ways/planWindow.ts';
import { onShortcut } from './ways/shortcut.ts';
import { ThreadOrder } from './ways/threadOrder.ts';
import { Unclaimed } from './ways/unclaimed.ts';

export type RunningBot = {
  /** Where it listens for what Slack sends; null over Socket Mode. */
  port: number | null;
  /** Resolves when the app is no longer installed. */
  uninstalled: Promise<void>;
  close(): Promise<void>;
};

const Identity = z.object({
  user_id: z.string(),
  bot_id: z.string(),
  team_id: z.string(),
  team: z.string().default(''),
  enterprise_id: z.string().nullish(),
});

/** Starts the bot: learns who it is, listens to Slack, shows what sessions do. */
export async function startBot(config: BotConfig, log: Logger): Promise<RunningBot> {
  const closing = new AbortController();
  const uninstalled = Promise.withResolvers<void>();
  const logger = boltLogger(log);
  const web = new WebClient(config.botToken, {
    slackApiUrl: config.slackApiUrl,
    // What is refused for the pace is tried again by us, so that one method's pause does not hold up the others.
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
    timeout: requestMs,
    logger,
  });
  const slack = new Slack(web, { pace: new Pace(), log, closed: closing.signal });
  const self = await whoAmI(slack);
  const { server } = config;
  const client = createClient({ url: server.url, token: server.token, transports: ['websocket'] });
  const directory = new Directory(slack, self);
  const page = { url: server.url };
  void learnPage(client, page, closing.signal);
  const relays = new Relays({
    client,
    server,
    get pageUrl() {
      return page.url;
    },
    slack,
    directory,
    self,
    owner: randomUUID(),
    onUninstalled: () => uninstalled.resolve(),
    log,
  });
  const bot: Bot = {
    config,
    self,
    slack,
    server: personServer(client),
    lateThreads: limit => lateThreads(client, { workspace: self.team, limit }),
    directory,
    get pageUrl() {
      return page.url;
    },
    relays,
    threadOrder: new ThreadOrder(),
    unclaimed: new Unclaimed(),
    closed: closing.signal,
    log,
  };

  const receiver = receiverOf(config, logger);
  const app = new App({
    token: config.botToken,
    botId: self.botId,
    botUserId: self.botUserId,
    // Asked above: an event must not wait for Slack to say who we are.
    tokenVerificationEnabled: false,
    receiver,
    convoStore: false,
    clientOptions: { slackApiUrl: config.slackApiUrl },
    logger,
  });
  app.error(async error => log.error({ err: error }, 'something of Slack could not be handled'));
  onMessages(app, bot);
  onActions(app, bot);
  onCommand(app, bot);
  onShortcut(app, bot);
  onPlanWindow(app, bot);
  onHome(app, bot);
  onAgentSession(app, bot);
  onLifecycle(app, bot, () => uninstalled.resolve());
  const port = await listen(app, config);
  const stop = async () => {
    closing.abort();
    await app.stop().catch(() => {});
    await relays.close();
  };
  const gone = uninstalled.promise.then(stop).then(() => forget({ client, self, log }));
  gone.catch(error => log.warn({ err: error }, 'the workspace could not be forgotten'));
  void directory.learnChannels();
  void relays.look();
  void catchUp(bot).catch(error => log.warn({ err: error }, 'what was missed could not be looked for'));

  return {
    port,
    uninstalled: gone,
    async close() {
      await stop();
      client.close();
    },
  };
}

type BoltLogger = ReturnType<typeof boltLogger>;

function receiverOf({ door, slackApiUrl }: BotConfig, logger: BoltLogger): SocketModeReceiver | HTTPReceiver {
  if (door.kind === 'http')
    return new HTTPReceiver({ signingSecret: door.signingSecret, endpoints: '/slack/events', logger });
  return new SocketModeReceiver({
    appToken: door.appToken,
    logger,
    installerOptions: { clientOptions: { slackApiUrl } },
  });
}

/** Alone, it listens where SLACK_PORT says; beside the server on any loopback port, and the server passes on. */
async function listen(app: App, { door, host }: BotConfig): Promise<number | null> {
  if (door.kind === 'socket') {
    await app.start();
    return null;
  }
  const server = (await app.start({ port: door.port, host })) as Server;
  boundBodies(server);
  return (server.address() as AddressInfo).port;
}

async function whoAmI(slack: Slack): Promise<Self> {
  const answer = await slack.call('auth.test', {}, { patienceMs: 10 * 60_000 });
  if (!answer.ok)
    throw new BotRefused(`Slack refuses SLACK_BOT_TOKEN: ${answer.error}. Run: npx deckhand slack check`);
  const { user_id: botUserId, bot_id: botId, team_id: team, ...named } = Identity.parse(answer);
  return { botUserId, botId, team, enterprise: named.enterprise_id ?? null, teamName: named.team };
}

/** Slack or the configuration does not let it run: another start would end the same way. */
export class BotRefused extends Error {
  override name = 'BotRefused';
}

/** Nothing of the workspace is relayed any more. */
async function forget(bot: Pick<Bot, 'self' | 'log'> & { client: Client }): Promise<void> {
  const gone = await bot.client.http['thread.forget']({ provider: 'slack', workspace: bot.self.team });
  bot.log.warn(
    { threads: gone.ok ? gone.threads : null },
    'The app was uninstalled from the workspace, or its token was taken back. Install it again and set SLACK_BOT_TOKEN.',
  );
}

/** Where people open sessions, once the server says so. */
async function learnPage(client: Client, page: { url: string }, closed: AbortSignal): Promise<void> {
  for (let tries = 0; !closed.aborted; tries++) {
    const me = await client.http.me({});
    if (me.ok) {
      page.url = me.publicUrl ?? page.url;
      return;
    }
    await sleep(Math.min(500 * 2 ** tries, 10_000), undefined, { signal: closed }).catch(() => {});
  }
}
