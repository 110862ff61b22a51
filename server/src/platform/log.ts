import { logLine } from '@deckhand/shared';
import { type DestinationStream, type Logger, pino } from 'pino';

/** Headers and fields that carry credentials, wherever they stand in a logged object. */
const secretPaths = [
  'authorization',
  'cookie',
  'token',
  'apiKey',
  'password',
  'requestBodyValues',
  'responseHeaders',
];

/**
 * Structured logs: one line of JSON each, whatever others wrote. Known secrets are replaced in every line, whatever field
 * or message they are in.
 */
export function createLogger(
  level: string,
  secrets: string[],
  destination: DestinationStream = process.stderr,
): Logger {
  const mask = (line: string) =>
    logLine(secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line));
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: secretPaths.flatMap(name => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]),
        censor: '[secret]',
      },
    },
    { write: line => destination.write(mask(line)) },
  );
}
