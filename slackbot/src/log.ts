import { logLine } from '@deckhand/shared';
import { type Logger as BoltLogger, LogLevel } from '@slack/bolt';
import { type Logger, pino } from 'pino';

/** JSON lines on stderr, with every secret value replaced wherever it turns up. */
export function createLog(level: string, secrets: readonly string[]): Logger {
  const clean = (text: string) =>
    logLine(secrets.reduce((said, secret) => said.replaceAll(secret, '[secret]'), text));
  return pino(
    { level, base: { part: 'slackbot' } },
    { write: (line: string) => void process.stderr.write(clean(line)) },
  );
}

/** What Bolt and the Web API log goes the same way; their chatter is for debugging. */
export function boltLogger(log: Logger): BoltLogger {
  const say =
    (level: 'debug' | 'warn' | 'error') =>
    (...parts: unknown[]) =>
      log[level](parts.map(part => (part instanceof Error ? part.message : String(part))).join(' '));
  return {
    debug: () => {},
    info: say('debug'),
    warn: say('debug'),
    error: say('warn'),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  };
}
