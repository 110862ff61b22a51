import { BotRefused, startBot } from './bot.ts';
import { parseConfig } from './config.ts';
import { createLog } from './log.ts';

/** The one place that reads the environment, installs signal handlers and exits. */
const refused = 78;

async function main(): Promise<void> {
  const parsed = parseConfig(process.env);
  if (!parsed.ok) throw new BotRefused(parsed.message);
  const { config } = parsed;
  const { door } = config;
  const secrets = [
    config.botToken,
    config.server.token,
    door.kind === 'socket' ? door.appToken : door.signingSecret,
  ];
  const log = createLog(config.logLevel, secrets);
  const bot = await startBot(config, log);
  // Beside the server, which passes on what Slack sends.
  process.send?.({ port: bot.port });
  log.info({ port: bot.port }, 'the Slack bot listens');

  let closing = false;
  const close = async (code: number) => {
    if (closing) return;
    closing = true;
    await bot.close().catch(error => log.warn({ err: error }, 'closing had trouble'));
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void close(0));
  // The server that started us is gone; its next one starts another.
  process.on('disconnect', () => void close(0));
  void bot.uninstalled.finally(() => close(0));
}

main().catch((error: unknown) => {
  const isRefusal = error instanceof BotRefused;
  process.stderr.write(`${isRefusal ? error.message : ((error as Error).stack ?? String(error))}\n`);
  process.exit(isRefusal ? refused : 1);
});
