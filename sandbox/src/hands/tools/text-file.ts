import { constants, open } from 'node:fs/promises';

export type TextFile = { ok: true; text: string } | { ok: false; message: string };

const maxBytes = 8 * 1024 * 1024;
const sniffBytes = 8000;

/** Reads a regular file of text. Never blocks on a pipe or device; what git would call binary is refused. */
export async function readTextFile(path: string): Promise<TextFile> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (stat.isDirectory()) return { ok: false, message: 'is a directory; use list' };
    if (!stat.isFile()) return { ok: false, message: 'is not a regular file' };
    if (stat.size > maxBytes)
      return { ok: false, message: `has ${stat.size} bytes, too many to read whole; use search or bash` };
    const bytes = await file.readFile();
    if (bytes.subarray(0, sniffBytes).includes(0))
      return { ok: false, message: `is binary (${bytes.length} bytes)` };
    return { ok: true, text: bytes.toString('utf8') };
  } finally {
    await file.close();
  }
}
