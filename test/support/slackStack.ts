import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  appToken,
  botToken,
  botUser,
  type EmulatedSlack,
  type SlackMessage,
  startSlack,
} from '../emulators/slack/index.ts';
import { openStack, type Stack } from './stack.ts';

const program = fileURLToPath(new URL('../../slackbot/src/main.ts', import.meta.url));

/** A bot in a process of its own. */
export type TestBot = {
  log(): string;
  crash(): Promise<void>;
  stop(): Promise<number>;
  ended(): Promise<number>;
};

export type SlackStack = {
  stack: Stack;
  slack: EmulatedSlack;
  /** Another bot against the same server and workspace. */
  startBot(env?: Record<string, string>): Promise<TestBot>;
  mention: string;
  dispose(): Promise<void>;
};

/** A server, an emulated Slack, and as many bots as a test starts (over Socket Mode unless told otherwise). */
export async function openSlackStack(
  env: Record<string, string> = {},
  { limits = false, stack: given }: { limits?: boolean; stack?: Stack } = {},
): Promise<SlackStack> {
  const stack = given ?? (await openStack(env));
  const slack = await startSlack({ limits });
  const bots: TestBot[] = [];
  return {
    stack,
    slack,
    mention: `<@${botUser.id}>`,
    async startBot(more = {}) {
      const bot = await spawnBot({
        SLACK_BOT_TOKEN: botToken,
        SLACK_APP_TOKEN: appToken,
        SLACK_API_URL: slack.apiUrl,
        DECKHAND_URL: stack.server.url,
        DECKHAND_TOKEN: stack.server.token,
        DECKHAND_LOG_LEVEL: 'info',
        ...more,
      });
      bots.push(bot);
      return bot;
    },
    async dispose() {
      await Promise.all(bots.map(bot => bot.crash()));
      await stack.dispose();
      await slack.close();
    },
  };
}

async function spawnBot(env: Record<string, string>): Promise<TestBot> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [program], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH, HOME, ...env },
  });
  let log = '';
  const listens = Promise.withResolvers<void>();
  child.stderr?.on('data', (data: Buffer) => {
    log += data;
    if (log.includes('the Slack bot listens')) listens.resolve();
  });
  child.once('exit', code => listens.reject(new Error(`the bot ended with ${code}:\n${log}`)));
  await listens.promise;
  return {
    log: () => log,
    crash: async () => {
      child.kill('SIGKILL');
      await exitOf(child);
    },
    stop: () => {
      child.kill('SIGTERM');
      return exitOf(child);
    },
    ended: () => exitOf(child),
  };
}

async function exitOf(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? -1;
}

/** All that a message says: its text, blocks and chunks. */
export const saysOf = (message: SlackMessage) =>
  JSON.stringify([message.text, message.blocks ?? [], message.chunks ?? []]);
