import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type Blobs, readBlob } from '../../platform/blobs.ts';
import { parseEntry } from './chain.ts';
import { auditKeys } from './keys.ts';
import { sealScript } from './scripts.ts';

/** Entries that left Redis: a file of JSON lines in the blob store. */
export const SealedPart = z.object({
  from: z.number(),
  to: z.number(),
  /** What its first entry follows, and its last one's hash. */
  prev: z.string(),
  hash: z.string(),
  blob: z.string(),
  /** Of the file. */
  sha256: z.string(),
});
export type SealedPart = z.infer<typeof SealedPart>;

export type SealLimits = {
  /** More entries than these do not stay in Redis … */
  hotCount: number;
  /** … and leave it in files of so many. */
  partCount: number;
};
export const sealLimits: SealLimits = { hotCount: 10_000, partCount: 5_000 };

const pad = (seq: number) => String(seq).padStart(12, '0');

/**
 * Moves the oldest entries to files while there are too many in Redis. The file is written and synced first; a crash
 * leaves both, and the next round writes the same file again. Answers the parts that were made.
 */
export async function sealParts(
  redis: Redis,
  blobs: Blobs,
  { hotCount, partCount }: SealLimits = sealLimits,
): Promise<SealedPart[]> {
  const made: SealedPart[] = [];
  while ((await redis.xlen(auditKeys.hot)) > hotCount) {
    const before = await redis.llen(auditKeys.parts);
    const lines = (await redis.xrange(auditKeys.hot, '-', '+', 'COUNT', partCount)).map(
      ([, [, text = '']]) => text,
    );
    const [first, last] = [parseEntry(lines[0] ?? ''), parseEntry(lines.at(-1) ?? '')];
    // What cannot be read is not carried off as if it could: `verify` says where it stands.
    if (!first || !last) return made;
    const content = Buffer.from(lines.map(line => `${line}\n`).join(''));
    const part: SealedPart = {
      from: first.seq,
      to: last.seq,
      prev: first.prev,
      hash: last.hash,
      blob: `audit/${pad(first.seq)}-${pad(last.seq)}.jsonl`,
      sha256: createHash('sha256').update(content).digest('hex'),
    };
    await blobs.put(part.blob, content);
    const { hot, parts } = auditKeys;
    const done = await sealScript(redis, hot, parts, part.from, part.to, before, JSON.stringify(part));
    if (done !== 1) return made;
    made.push(part);
  }
  return made;
}

export async function readParts(redis: Redis): Promise<SealedPart[]> {
  const texts = await redis.lrange(auditKeys.parts, 0, -1);
  return texts.map(text => SealedPart.parse(JSON.parse(text)));
}

/** The lines of a part as they are; null where the file is not there. `isSame`: it is the file that was sealed. */
export async function readPart(
  blobs: Blobs,
  part: SealedPart,
): Promise<{ lines: string[]; isSame: boolean } | null> {
  const content = await readBlob(blobs, part.blob);
  if (!content) return null;
  const isSame = createHash('sha256').update(content).digest('hex') === part.sha256;
  return { lines: content.toString('utf8').split('\n').slice(0, -1), isSame };
}
