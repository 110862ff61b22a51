import type { Redis } from 'ioredis';
import type { Blobs } from '../../platform/blobs.ts';
import { faultOf, genesis, type Head } from './chain.ts';
import { auditKeys } from './keys.ts';
import { readHead } from './log.ts';
import { readPart, readParts, type SealedPart } from './seal.ts';

/** What a look at the whole chain finds. */
export type Verified = {
  entries: number;
  /** The end that was verified up to: written down elsewhere, it shows later that nothing before it was cut off. */
  head: Head;
  /** The first thing that is wrong; null where the chain is whole. */
  fault: { seq: number; what: string } | null;
};

const pageCount = 500;

/**
 * Walks the chain from its first entry to its end. `anchor`: an end that somebody wrote down; the chain must go
 * through it.
 */
export async function verifyChain(redis: Redis, blobs: Blobs, anchor?: Head): Promise<Verified> {
  // Before the walk: what is appended meanwhile comes behind it.
  const end = await readHead(redis);
  const walk = new Walk([end, ...(anchor ? [anchor] : [])]);
  for (let walked = 0, more = true; more; ) {
    const parts = (await readParts(redis)).slice(walked);
    for (const part of parts) if (!walk.takePart(part, await readPart(blobs, part))) return walk.result();
    walked += parts.length;
    const page = await redis.xrange(auditKeys.hot, '-', '+', 'COUNT', 1);
    const firstSeq = Number(page[0]?.[0].split('-')[0] ?? Number.POSITIVE_INFINITY);
    // Entries may have moved to a file since the files were listed.
    if (firstSeq > walk.head.seq + 1 && (await redis.llen(auditKeys.parts)) > walked) continue;
    more = await takeHot(redis, walk);
    if (walk.fault) return walk.result();
  }
  if (walk.head.seq < end.seq) return walk.broken(`entries up to ${end.seq} are missing`);
  const other = walk.unmet();
  return other === undefined ? walk.result() : walk.broken(`the chain does not go through ${other} as noted`);
}

/** True where entries moved to a file under the reader's hands. */
async function takeHot(redis: Redis, walk: Walk): Promise<boolean> {
  for (;;) {
    const page = await redis.xrange(auditKeys.hot, `${walk.head.seq + 1}-0`, '+', 'COUNT', pageCount);
    const first = Number(page[0]?.[0].split('-')[0] ?? 0);
    const moved = first > walk.head.seq + 1 && (await isSealed(redis, walk.head.seq + 1));
    if (moved) return true;
    for (const [id, [, text = '']] of page) if (!walk.take(text, id)) return false;
    if (page.length < pageCount) return false;
  }
}

const isSealed = async (redis: Redis, seq: number) =>
  (await readParts(redis)).some(({ from, to }) => from <= seq && seq <= to);

class Walk {
  head = genesis;
  fault: Verified['fault'] = null;
  /** Ends that were noted, and are not met yet. */
  #noted: Head[];

  constructor(noted: readonly Head[]) {
    this.#noted = noted.filter(({ seq }) => seq > 0);
  }

  /** False where it does not fit. `id`: of the stream's entry that holds it. */
  take(text: string, id?: string): boolean {
    const { entry, fault } = faultOf(this.head, text);
    const isElsewhere = id !== undefined && entry !== null && id !== `${entry.seq}-0`;
    if (!entry || fault || isElsewhere) {
      this.fault = { seq: this.head.seq + 1, what: fault ?? 'it stands in the place of another' };
      return false;
    }
    this.head = { seq: entry.seq, hash: entry.hash };
    this.#noted = this.#noted.filter(({ seq, hash }) => seq !== entry.seq || hash !== entry.hash);
    return true;
  }

  /** False where it does not fit. */
  takePart({ blob, to, hash }: SealedPart, read: Awaited<ReturnType<typeof readPart>>): boolean {
    if (!read) this.broken(`the file ${blob} is gone`);
    for (const line of read?.lines ?? []) if (!this.take(line)) return false;
    if (read && !read.isSame) this.broken(`the file ${blob} is not the one that was sealed`);
    if (this.head.seq !== to || this.head.hash !== hash)
      this.broken(`the file ${blob} does not end with entry ${to}`);
    return this.fault === null;
  }

  /** The first noted end that the chain did not go through. */
  unmet(): number | undefined {
    return this.#noted[0]?.seq;
  }

  broken(what: string): Verified {
    this.fault ??= { seq: this.head.seq + 1, what };
    return this.result();
  }

  result(): Verified {
    return { entries: this.head.seq, head: this.head, fault: this.fault };
  }
}
