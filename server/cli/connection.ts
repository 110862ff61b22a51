import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@deckhand/shared/client';

export type ConnectionOptions = { server?: string | undefined; token?: string | undefined };

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The server of this checkout, unless another is named; its token lies in the data folder for its owner to read. */
export async function connect(
  options: ConnectionOptions,
  env: Record<string, string | undefined>,
): Promise<{ client: Client; url: string }> {
  const dataDir = resolve(root, env.DECKHAND_DATA ?? '.deckhand');
  const kept = (name: string) =>
    readFile(join(dataDir, name), 'utf8').then(
      text => text.trim() || undefined,
      () => undefined,
    );
  const url = options.server ?? env.DECKHAND_URL ?? (await kept('url')) ?? 'http://127.0.0.1:4000';
  const token = options.token ?? env.DECKHAND_TOKEN ?? (await kept('cli-token'));
  if (!token)
    throw new Error(`No token for ${url}. Start the server with \`npm start\`, or set DECKHAND_TOKEN.`);
  return { client: createClient({ url, token, transports: ['websocket'] }), url };
}
