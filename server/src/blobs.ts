import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Large things beside Redis, by a key like `attachments/att_…`. A blob that exists is whole and never changes. */
export interface Blobs {
  put(key: string, content: Buffer | Readable): Promise<void>;
  get(key: string): Promise<Readable | null>;
}

const safeKey = /^[\w-]+(\/[\w.-]+)+$/;

/** Blobs as files of one folder: written aside, synced, renamed. */
export function folderBlobs(dir: string): Blobs {
  const pathOf = (key: string) => {
    if (!safeKey.test(key) || key.includes('..')) throw new Error(`bad blob key ${key}`);
    return join(dir, key);
  };
  return {
    async put(key, content) {
      const path = pathOf(key);
      const aside = `${path}.${process.pid}.${crypto.randomUUID()}`;
      await mkdir(dirname(path), { recursive: true });
      try {
        await pipeline(
          Buffer.isBuffer(content) ? Readable.from([content]) : content,
          createWriteStream(aside),
        );
        const file = await open(aside, 'r');
        await file.sync().finally(() => file.close());
        await rename(aside, path);
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
    },
    async get(key) {
      const file = await open(pathOf(key), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      return file ? file.createReadStream() : null;
    },
  };
}

export async function readBlob(blobs: Blobs, key: string): Promise<Buffer | null> {
  const stream = await blobs.get(key);
  return stream ? Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>)) : null;
}
