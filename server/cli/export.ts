import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { Client } from '@deckhand/shared/client';

/** Saves a session as a SQLite file; answers where. What breaks off leaves no file that looks whole. */
export async function exportTo(client: Client, sessionId: string, file: string | undefined): Promise<string> {
  const exported = await client.exportSession(sessionId);
  if (!exported.ok) throw new Error(exported.message);
  const path = resolve(file ?? exported.name);
  const aside = `${path}.part`;
  try {
    await pipeline(Readable.fromWeb(exported.content as ReadableStream), createWriteStream(aside));
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  return path;
}
