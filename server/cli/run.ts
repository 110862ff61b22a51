import type { Client } from '@deckhand/shared/client';
import { connect } from './connection.ts';
import { CommandFailed } from './must.ts';
import { plain } from './plain.ts';

/** What every command takes. */
export type Options = { server?: string; token?: string; json?: boolean };

/** Does a command's work with a client; what goes wrong is one sentence and exit code 1. */
export async function run<O extends Options>(
  options: O,
  work: (client: Client, options: O) => Promise<number>,
): Promise<void> {
  let client: Client | undefined;
  let url = '';
  try {
    ({ client, url } = await connect(options, process.env));
    process.exitCode = await work(client, options);
  } catch (error) {
    const isAway = error instanceof CommandFailed && error.code === 'offline';
    const why = isAway
      ? `The server at ${url} cannot be reached. Start it with \`npm start\`, or name another with --server.`
      : (error as Error).message;
    process.stderr.write(`${plain(why)}\n`);
    process.exitCode = 1;
  } finally {
    client?.close();
  }
}

/** JSON has escapes of its own for what a terminal must not get. */
export const print = (text: string) => process.stdout.write(`${plain(text)}\n`);
