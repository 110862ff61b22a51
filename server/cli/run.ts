import type { Client } from '@deckhand/shared/client';
import { connect } from './connection.ts';

/** What every command takes. */
export type Options = { server?: string; token?: string; json?: boolean };

/** Does a command's work with a client; what goes wrong is one sentence and exit code 1. */
export async function run<O extends Options>(
  options: O,
  work: (client: Client, options: O) => Promise<number>,
): Promise<void> {
  let client: Client | undefined;
  try {
    ({ client } = await connect(options, process.env));
    process.exitCode = await work(client, options);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  } finally {
    client?.close();
  }
}

export const print = (text: string) => process.stdout.write(`${text}\n`);
