import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { failure, type Result } from '@deckhand/shared';

export type Bounds = {
  /** What it is, for people: "The saved work". */
  what: string;
  maxBytes: number;
  timeoutMs: number;
};

/**
 * Writes what comes out of a sandbox to a file, up to so many bytes and so long. Beyond that the sandbox's side is
 * given up, and the file is removed: nobody reads half of it.
 */
export async function receive(
  source: Readable,
  path: string,
  { what, maxBytes, timeoutMs }: Bounds,
): Promise<Result<{ bytes: number }>> {
  let bytes = 0;
  let over: 'bytes' | 'time' | null = null;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) over = 'bytes';
      if (over) done(new Error(over));
      else done(null, chunk);
    },
  });
  const timer = setTimeout(() => {
    over = 'time';
    source.destroy(new Error('time'));
  }, timeoutMs);
  try {
    await pipeline(source, counted, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    return { ok: true, bytes };
  } catch (error) {
    await rm(path, { force: true });
    if (over === 'bytes')
      return failure(
        'too_large',
        `${what} is larger than ${Math.round(maxBytes / 1024 / 1024)} MiB. Delete large files in the sandbox or name them in .gitignore.`,
      );
    if (over === 'time')
      return failure('sandbox_lost', `${what} did not come out of the sandbox in ${timeoutMs / 1000} s.`);
    return failure(
      'sandbox_lost',
      `${what} could not be taken out of the sandbox: ${(error as Error).message}`,
    );
  } finally {
    clearTimeout(timer);
    source.destroy();
  }
}
