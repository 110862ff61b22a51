import { type ChildProcess, fork } from 'node:child_process';
import type { Logger } from 'pino';

export type Slackbot = {
  /** Where it listens on loopback for what Slack sends; null while it does not. */
  port(): number | null;
  close(): Promise<void>;
};

/** What the bot gets of the environment: nothing of the server's own keys. */
const passed =
  /^(SLACK_\w+|DECKHAND_SLACK_\w+|DECKHAND_LOG_LEVEL|PATH|HOME|LANG|TZ|HTTPS?_PROXY|NO_PROXY|NODE_USE_ENV_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/i;
/** It said what is wrong with its configuration: another start would say it again. */
const refused = 78;
const longestWaitMs = 30_000;
/** Longer than it takes to let go of its threads. */
const graceMs = 3_000;

/** Runs the Slack bot beside the server, in a process of its own, and starts it again when it dies. */
export function startSlackbot(options: {
  /** Path of its program. */
  program: string;
  /** Of this server, and a token that acts for others. */
  server: { url: string; token: string };
  env: Record<string, string | undefined>;
  log: Logger;
}): Slackbot {
  const { program, server, env, log } = options;
  let child: ChildProcess | null = null;
  let port: number | null = null;
  let closed = false;
  let deaths = 0;
  let again: NodeJS.Timeout | undefined;

  const start = () => {
    const own = Object.entries(env).filter(([name]) => passed.test(name));
    child = fork(program, {
      env: { ...Object.fromEntries(own), DECKHAND_URL: server.url, DECKHAND_TOKEN: server.token },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    });
    child.on('message', (message: { port?: number }) => {
      port = message.port ?? null;
      deaths = 0;
    });
    child.on('exit', code => {
      port = null;
      child = null;
      if (closed || code === 0 || code === refused) return;
      const waitMs = Math.min(500 * 2 ** deaths++, longestWaitMs);
      log.warn({ code, waitMs }, 'the Slack bot ended; it is started again');
      again = setTimeout(start, waitMs);
    });
  };
  start();

  return {
    port: () => port,
    async close() {
      closed = true;
      clearTimeout(again);
      const running = child;
      if (!running) return;
      const gone = new Promise<void>(resolve => running.once('exit', () => resolve()));
      running.kill('SIGTERM');
      const timer = setTimeout(() => running.kill('SIGKILL'), graceMs);
      await gone;
      clearTimeout(timer);
    },
  };
}
