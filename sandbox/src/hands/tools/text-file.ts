import { isUtf8 } from 'node:buffer';
import { constants, open } from 'node:fs/promises';
import { decode, hasMark, isKnownEncoding, type Text } from './encoding.ts';

export type TextFile = { ok: true; bytes: Buffer; text: Text } | { ok: false; message: string };
export type FileBytes = { ok: true; bytes: Buffer } | { ok: false; message: string };

const maxBytes = 8 * 1024 * 1024;
const sniffBytes = 8000;
/** Turning other encodings into text and back blocks everything else in here. */
const mostOtherBytes = 2 * 1024 * 1024;

/** Reads a regular file whole. Never blocks on a pipe or device. */
export async function readBytes(path: string): Promise<FileBytes> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (stat.isDirectory()) return { ok: false, message: 'is a directory; use list' };
    if (!stat.isFile()) return { ok: false, message: 'is not a regular file' };
    if (stat.size > maxBytes)
      return { ok: false, message: `has ${stat.size} bytes, too many to read whole; use search or bash` };
    return { ok: true, bytes: await file.readFile() };
  } finally {
    await file.close();
  }
}

/** The text of a file; what git would call binary is refused, unless a mark says that it is text. */
export async function readTextFile(path: string, encoding?: string): Promise<TextFile> {
  const file = await readBytes(path);
  return file.ok ? textOf(file.bytes, encoding) : file;
}

export function textOf(bytes: Buffer, encoding?: string): TextFile {
  if (encoding && !isKnownEncoding(encoding))
    return { ok: false, message: `cannot be read as ${encoding}: there is no such encoding` };
  // Before anything is guessed, which takes long. A mark, or a name that was given, says that it is text all the same.
  if (!encoding && !hasMark(bytes) && bytes.subarray(0, sniffBytes).includes(0))
    return { ok: false, message: `is binary (${bytes.length} bytes)` };
  if (bytes.length > mostOtherBytes && !isUtf8(bytes))
    return { ok: false, message: 'is not UTF-8, and too large to be read as something else; use bash' };
  const text = decode(bytes, encoding);
  return text
    ? { ok: true, bytes, text }
    : { ok: false, message: `is not text in ${encoding ?? 'any encoding'}` };
}

/** For whoever reads or changes it; empty for what is as expected. */
export function encodingNote({ encoding, bom }: Text, asked?: string): string {
  if (encoding === 'UTF-8') return bom ? ', UTF-8 with a byte order mark' : '';
  return bom || asked
    ? `, ${encoding}`
    : `, not UTF-8: taken for ${encoding}; give \`encoding\` where it is another`;
}
