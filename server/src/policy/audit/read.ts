import type { Redis } from 'ioredis';
import type { Blobs } from '../../platform/blobs.ts';
import { type AuditEntry, parseEntry } from './chain.ts';
import { auditKeys } from './keys.ts';
import { readPart, readParts, type SealedPart } from './seal.ts';

const pageCount = 500;

/** Entries before one, newest first, wherever they are. One that cannot be read is left out: `verify` finds it. */
export async function* entriesBefore(redis: Redis, blobs: Blobs, before: number): AsyncGenerator<AuditEntry> {
  let next = before;
  for (;;) {
    const page = await redis.xrevrange(auditKeys.hot, `(${next}-0`, '-', 'COUNT', pageCount);
    for (const [id, [, text = '']] of page) {
      next = Number(id.split('-')[0]);
      const entry = parseEntry(text);
      if (entry) yield entry;
    }
    if (page.length < pageCount) break;
  }
  // Listed now: what moved to a file meanwhile is found there.
  const parts = (await readParts(redis)).filter(({ from }) => from < next).toReversed();
  for (const part of parts)
    for (const entry of await entriesOf(blobs, part)) if (entry.seq < next) yield entry;
}

async function entriesOf(blobs: Blobs, part: SealedPart): Promise<AuditEntry[]> {
  const read = await readPart(blobs, part);
  return (read?.lines ?? [])
    .toReversed()
    .map(parseEntry)
    .filter(entry => entry !== null);
}
