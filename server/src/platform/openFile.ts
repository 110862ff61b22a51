import { once } from 'node:events';
import { createReadStream, fstat } from 'node:fs';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

export type OpenFile = { bytes: number; content: Readable };

/**
 * A file that is open already: it stays readable when it is removed. Its content is to be read or destroyed. Null where
 * there is no such file. Not the stream of a `FileHandle`: Node ends the process when one is collected that nobody
 * closed.
 */
export async function openFile(path: string): Promise<OpenFile | null> {
  const content = createReadStream(path);
  const opened = await absentIfGone(once(content, 'open'));
  if (!opened) return null;
  try {
    return { bytes: (await promisify(fstat)(opened[0] as number)).size, content };
  } catch (error) {
    content.destroy();
    throw error;
  }
}

/** Null where the file or folder is not there. */
export function absentIfGone<T>(asked: Promise<T>): Promise<T | null> {
  return asked.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
