import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { absentIfGone, openFile } from './openFile.ts';

/** Large things beside Redis, by a key like `attachments/att_…`. A blob that exists is whole and never changes. */
export interface Blobs {
  put(key: string, content: Buffer | Readable): Promise<void>;
  /** To be read or destroyed by whoever asks. */
  get(key: string): Promise<Readable | null>;
  /** A path for a file that is written in pieces before `putFile` takes it. */
  aside(): Promise<string>;
  /** Takes over a finished file of `aside`. */
  putFile(key: string, path: string): Promise<void>;
  /** A file of this machine with the blob's content, to be opened read-only and soon; null where there is none. */
  file(key: string): Promise<string | null>;
  /** Every blob under a first part of keys. */
  list(prefix: string): AsyncIterable<{ key: string; modifiedAtMs: number }>;
  /** Under another key, as if written now. Moving one that is gone is fine. */
  move(from: string, to: string): Promise<void>;
  /** Removing one that is gone is fine. Who has it open reads on. */
  remove(key: string): Promise<void>;
}

const safeKey = /^[\w-]+(\/[\w.-]+)+$/;

/** Blobs as files of one folder: written aside, synced, renamed. */
export function folderBlobs(dir: string): Blobs {
  const pathOf = (key: string) => {
    if (!safeKey.test(key) || key.includes('..')) throw new Error(`bad blob key ${key}`);
    return join(dir, key);
  };
  const settle = async (aside: string, path: string) => {
    await sync(aside);
    await mkdir(dirname(path), { recursive: true });
    await rename(aside, path);
    await sync(dirname(path));
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
        await settle(aside, path);
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
    },
    async get(key) {
      return (await openFile(pathOf(key)))?.content ?? null;
    },
    async aside() {
      await mkdir(join(dir, 'aside'), { recursive: true });
      return join(dir, 'aside', crypto.randomUUID());
    },
    putFile: (key, path) => settle(path, pathOf(key)),
    async file(key) {
      const path = pathOf(key);
      return (await absentIfGone(stat(path))) ? path : null;
    },
    async *list(prefix) {
      const entries = await absentIfGone(
        readdir(join(dir, prefix), { recursive: true, withFileTypes: true }),
      );
      for (const entry of entries ?? []) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        const found = await absentIfGone(stat(path));
        if (found) yield { key: relative(dir, path).replaceAll(sep, '/'), modifiedAtMs: found.mtimeMs };
      }
    },
    async move(from, to) {
      const path = pathOf(to);
      await mkdir(dirname(path), { recursive: true });
      const moved = await absentIfGone(rename(pathOf(from), path).then(() => true));
      const now = new Date();
      if (moved) await utimes(path, now, now);
    },
    async remove(key) {
      await rm(pathOf(key), { force: true });
    },
  };
}

/** A file's content, or a folder's entries, are on the disk. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

export async function readBlob(blobs: Blobs, key: string): Promise<Buffer | null> {
  const stream = await blobs.get(key);
  return stream ? Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>)) : null;
}
