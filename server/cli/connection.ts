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
  const { url, tokenFile } = await dataPaths(options, env);
  const token = options.token ?? env.DECKHAND_TOKEN ?? (await kept(tokenFile));
  if (!token)
    throw new Error(`No token for ${url}. Start the server with \`npm start\`, or set DECKHAND_TOKEN.`);
  return { client: createClient({ url, token, transports: ['websocket'] }), url };
}

/** Where the server is, and where its token lies. */
export async function dataPaths(
  options: ConnectionOptions,
  env: Record<string, string | undefined>,
): Promise<{ url: string; tokenFile: string }> {
  const dataDir = resolve(root, env.DECKHAND_DATA ?? '.deckhand');
  const url =
    options.server ?? env.DECKHAND_URL ?? (await kept(join(dataDir, 'url'))) ?? 'http://127.0.0.1:4000';
  return { url, tokenFile: join(dataDir, 'cli-token') };
}

const kept = (path: string) =>
  readFile(path, 'utf8').then(
    text => text.trim() || undefined,
    () => undefined,
  );
