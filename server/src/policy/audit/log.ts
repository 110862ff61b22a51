import type { Redis } from 'ioredis';
import { type AuditDraft, AuditEntry, genesis, type Head, link } from './chain.ts';
import { auditKeys } from './keys.ts';
import type { Named1 } from './names.ts';
import { appendScript } from './scripts.ts';

/** Entries that are asked for while others are being written go together. */
const mostTogether = 100;
/** Servers race for the end of the chain; each round one of them wins. */
const mostRaces = 1_000;

type Waiting = {
  draft: AuditDraft;
  names: readonly Named1[];
  done: () => void;
  failed: (error: unknown) => void;
};

/** From which session's outbox entries come. */
export type Outbox = { sessionId: string; seen: string; next: string };

/** The writer of the audit log: an append-only chain, with one order for all servers. */
export class AuditLog {
  #redis: Redis;
  #head: Head | null = null;
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Resolves once the entry is in the chain; rejects where Redis does not take it. */
  append(draft: AuditDraft, names: readonly Named1[] = []): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ draft, names, done, failed });
      if (!this.#writing) void this.#write();
    });
  }

  /** Entries of an outbox, once. False where somebody else has emptied it. */
  appendFrom(outbox: Outbox, drafts: readonly AuditDraft[], names: readonly Named1[]): Promise<boolean> {
    return this.#chain(drafts, names, outbox);
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0, mostTogether);
      try {
        await this.#chain(
          together.map(({ draft }) => draft),
          together.flatMap(({ names }) => names),
        );
        for (const { done } of together) done();
      } catch (error) {
        for (const { failed } of together) failed(error);
      }
    }
    this.#writing = false;
  }

  async #chain(drafts: readonly AuditDraft[], names: readonly Named1[], from?: Outbox): Promise<boolean> {
    const meanings = JSON.stringify(
      Object.fromEntries(names.map(([name, about]) => [name, JSON.stringify(about)])),
    );
    for (let race = 0; race < mostRaces; race++) {
      const head = this.#head ?? (await readHead(this.#redis));
      let end = head;
      const entries = drafts.map(draft => {
        const entry = AuditEntry.parse(link(end, draft));
        end = { seq: entry.seq, hash: entry.hash };
        return JSON.stringify(entry);
      });
      this.#head = null;
      const outbox = from ? [from.sessionId, from.seen, from.next] : ['', '', ''];
      const keys = [auditKeys.head, auditKeys.hot, auditKeys.names, auditKeys.taken];
      const [answer, seq, hash] = (await appendScript(
        this.#redis,
        ...[...keys, head.seq, head.hash, end.hash, meanings, ...outbox, ...entries],
      )) as [number, string?, string?];
      if (answer === 2) return false;
      this.#head = answer === 1 ? end : { seq: Number(seq), hash: hash ?? '' };
      if (answer === 1) return true;
    }
    throw new Error('the audit log is written to by too many at once');
  }
}

/** Where the chain ends. */
export async function readHead(redis: Redis): Promise<Head> {
  const [seq, hash] = await redis.hmget(auditKeys.head, 'seq', 'hash');
  return seq && hash ? { seq: Number(seq), hash } : genesis;
}
