import { constants, open } from 'node:fs/promises';
import type { Answer } from '../../documents/protocol.ts';
import { readDocument } from './documents.ts';
import { pictureKind } from './picture.ts';

const mostBytes = 64 * 1024 * 1024;
const headBytes = 16;

/** Whoever reads page by page reads one document again and again. */
let last: { key: string; answer: Answer } | undefined;

/** What a PDF or a notebook says; undefined for any other file, which is read as it is. */
export async function documentText(path: string, signal: AbortSignal): Promise<Answer | undefined> {
  const found = await look(path);
  if (!found) return undefined;
  const { kind, bytes, version } = found;
  if (bytes > mostBytes)
    return { ok: false, message: `has ${bytes} bytes, too many to be read as a document` };
  const key = `${kind} ${path} ${version}`;
  if (last?.key === key) return last.answer;
  const answer = await readDocument(kind, path, signal);
  if (answer.ok) last = { key, answer };
  return answer;
}

async function look(
  path: string,
): Promise<{ kind: 'pdf' | 'notebook'; bytes: number; version: string } | undefined> {
  // Never blocks on a pipe or device.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return undefined;
    const head = Buffer.alloc(headBytes);
    const { bytesRead } = await file.read(head, 0, headBytes, 0);
    const isPdf = pictureKind(head.subarray(0, bytesRead)) === 'PDF';
    const kind = isPdf ? 'pdf' : /\.ipynb$/i.test(path) ? 'notebook' : undefined;
    return kind && { kind, bytes: stat.size, version: `${stat.ino} ${stat.size} ${stat.mtimeMs}` };
  } finally {
    await file.close();
  }
}
