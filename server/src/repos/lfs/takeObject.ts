import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { objectPath, type Pointer } from './pointer.ts';

export const fileOf = (dir: string, pointer: Pick<Pointer, 'oid'>): string => join(dir, objectPath(pointer));

/** Whether a repository's folder holds the content. What lies there was verified when it came. */
export async function holds(dir: string, pointer: Pointer): Promise<boolean> {
  const found = await stat(fileOf(dir, pointer)).catch(() => null);
  return found?.isFile() === true && found.size === pointer.bytes;
}

/** Content that is not what its pointer names. */
export class NotWhatItNames extends Error {
  override name = 'NotWhatItNames';
}

/**
 * Writes content into a repository's folder, where it is what its pointer names to the byte. Written aside and renamed:
 * what is there is whole. Throws NotWhatItNames, and what the source throws.
 */
export async function takeObject(
  dir: string,
  pointer: Pointer,
  { source, signal }: { source: Readable; signal: AbortSignal },
): Promise<void> {
  const path = fileOf(dir, pointer);
  const aside = join(dir, 'lfs/tmp', randomUUID());
  const hash = createHash('sha256');
  let bytes = 0;
  const seen = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes > pointer.bytes) return done(new NotWhatItNames());
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await mkdir(dirname(aside), { recursive: true });
    await pipeline(source, seen, createWriteStream(aside, { flags: 'wx', mode: 0o644 }), { signal });
    if (bytes !== pointer.bytes || hash.digest('hex') !== pointer.oid) throw new NotWhatItNames();
    await mkdir(dirname(path), { recursive: true });
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  } finally {
    source.destroy();
  }
}
