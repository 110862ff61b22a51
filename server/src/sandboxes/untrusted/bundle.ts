import { open } from 'node:fs/promises';
import { failure, type Result } from '@deckhand/shared';
import { isRef, isSha } from '../../platform/git.ts';

/** What the head of a git bundle claims. Nothing of it is verified. */
export type BundleHead = { refs: { sha: string; name: string }[]; packAt: number };

const mostHeadBytes = 64 * 1024;
const mostLines = 100;

/**
 * Reads the head of a bundle by ourselves: git would follow a file that begins with `gitdir:` to another repository,
 * and is therefore given only the pack behind it, as bytes.
 */
export async function readBundle(path: string): Promise<Result<BundleHead>> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostHeadBytes), 0, mostHeadBytes, 0);
    return parseBundleHead(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

export function parseBundleHead(bytes: Buffer): Result<BundleHead> {
  const end = bytes.indexOf('\n\n');
  if (end < 0) return noBundle();
  const [signature, ...lines] = bytes.subarray(0, end).toString('latin1').split('\n');
  if (!/^# v[23] git bundle$/.test(signature ?? '') || lines.length > mostLines) return noBundle();
  const refs: BundleHead['refs'] = [];
  for (const line of lines) {
    // A filtered bundle lacks objects; other capabilities are none that we know.
    if (line.startsWith('@')) {
      if (line !== '@object-format=sha1' || signature === '# v2 git bundle') return noBundle();
    } else if (line.startsWith('-')) {
      if (!isSha(line.slice(1).split(' ')[0] ?? '')) return noBundle();
    } else {
      const [, sha = '', name = ''] = /^(\S+) (\S+)$/.exec(line) ?? [];
      if (!isSha(sha) || !isRef(name)) return noBundle();
      refs.push({ sha, name });
    }
  }
  const packAt = end + 2;
  if (bytes.subarray(packAt, packAt + 4).toString('latin1') !== 'PACK') return noBundle();
  return { ok: true, refs, packAt };
}

const noBundle = () =>
  failure(
    'sandbox_lost',
    'What came out of the sandbox as its saved work is no git bundle. Nothing of it was taken.',
  );
