import type { Logger } from 'pino';
import { every, type Repeated } from '../../platform/every.ts';
import { oneAtATime } from '../../platform/oneAtATime.ts';
import { readAfter } from '../log/log.ts';
import { orgKeys } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { IndexFile } from './indexFile.ts';
import { readRows } from './readRows.ts';

export type IndexKeeperOptions = {
  store: Store;
  /** A connection of its own: it hears which sessions had something written. */
  subscriber: Store;
  file: IndexFile;
  orgId: string;
  log: Logger;
};

/** What is heard of is read this often; sooner where somebody asks. */
const gatherMs = 1_000;
/** What nobody heard of, without the connection ever having been lost, is found out by this. */
const compareEveryMs = 10 * 60_000;
const againMs = 60_000;
const rowsAtOnce = 200;
const logsAtOnce = 4;
const eventsAtOnce = 500;

/**
 * Keeps the index up to date. Each commit names its session on one channel; what was said while nobody listened is found by
 * comparing all sessions after each subscription. Logs of before are read behind, those that went on first.
 */
export class IndexKeeper {
  #options: IndexKeeperOptions;
  #heard = new Set<string>();
  #backlog = new Set<string>();
  #reading = oneAtATime<string>();
  /** Never before it listens: what is compared would change unheard. */
  #compareFromMs = Number.POSITIVE_INFINITY;
  /** Null once all that this server did not hear of is found. */
  #comparing: PromiseWithResolvers<void> | null = Promise.withResolvers();
  /** Every session is known, if maybe not as it is now. */
  hasCompared = false;
  #rounds: Repeated;
  #behind: Repeated;
  #closed = false;

  constructor(options: IndexKeeperOptions) {
    this.#options = options;
    const { subscriber, log } = options;
    const failed = (error: unknown) => log.warn({ err: error }, 'the index of sessions is behind for now');
    this.#rounds = every(gatherMs, () => this.#round(), failed);
    this.#behind = every(gatherMs, () => this.#readBacklog(), failed);
    subscriber.on('message', (channel: string, sessionId: string) => {
      if (channel === orgKeys.newsChannel) this.#heard.add(sessionId);
    });
    const subscribe = () =>
      subscriber.subscribe(orgKeys.newsChannel).then(() => {
        this.#compareFromMs = 0;
        return this.#rounds.now();
      }, failed);
    subscriber.on('ready', subscribe);
    subscriber.on('close', () => {
      this.#compareFromMs = Number.POSITIVE_INFINITY;
      this.#comparing ??= Promise.withResolvers();
    });
    if (subscriber.status === 'ready') void subscribe();
  }

  /** Some logs of before are not read yet. */
  get isBehind(): boolean {
    return this.#backlog.size > 0;
  }

  /** Resolves once everything that was written before this call is in the index, logs of before the start aside. */
  async fresh(): Promise<void> {
    await this.#comparing?.promise;
    // Answered behind all that was said on this connection until now.
    await this.#options.subscriber.ping();
    await this.#rounds.now();
  }

  /** Nothing of it is in the file any more; what is still there is read anew. */
  erase(sessionId: string): void {
    this.#options.file.erase([sessionId]);
    this.#heard.add(sessionId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#rounds.stop(), this.#behind.stop()]);
  }

  async #round(): Promise<void> {
    if (Date.now() >= this.#compareFromMs) {
      this.#compareFromMs = Date.now() + compareEveryMs;
      try {
        await this.#compare();
      } catch (error) {
        this.#compareFromMs = 0;
        throw error;
      }
      this.#comparing?.resolve();
      this.#comparing = null;
      this.hasCompared = true;
      void this.#behind.now();
    }
    const heard = [...this.#heard];
    this.#heard.clear();
    try {
      for (let at = 0; at < heard.length; at += rowsAtOnce)
        await this.#take(heard.slice(at, at + rowsAtOnce));
    } catch (error) {
      for (const sessionId of heard) this.#heard.add(sessionId);
      throw error;
    }
  }

  async #take(sessionIds: readonly string[]): Promise<void> {
    await this.#putRows(sessionIds);
    const waiting = sessionIds.values();
    const work = async () => {
      for (const sessionId of waiting) {
        const read = this.#readLog(sessionId);
        // A long log of before is waited for by nobody.
        if (this.#backlog.has(sessionId)) read.catch(() => {});
        else await read;
      }
    };
    await Promise.all(Array.from({ length: logsAtOnce }, work));
  }

  /** Every session once: those that are gone leave the index, those whose logs went on are read behind. */
  async #compare(): Promise<void> {
    const { store, file, orgId } = this.#options;
    const listed = await store.zrevrange(orgKeys.sessions(orgId), 0, -1);
    const ids = [...new Set([...listed, ...file.sessionIds()])];
    for (let at = 0; at < ids.length && !this.#closed; at += rowsAtOnce)
      await this.#putRows(ids.slice(at, at + rowsAtOnce));
    for (const sessionId of ids) {
      const place = file.place(sessionId);
      if (place && place.indexed < place.last) this.#backlog.add(sessionId);
    }
  }

  async #putRows(sessionIds: readonly string[]): Promise<void> {
    const { store, file, orgId } = this.#options;
    const rows = await readRows(store, sessionIds);
    if (this.#closed) return;
    const forgot = file.put(rows.filter(row => row.orgId === orgId));
    const there = new Set(rows.map(row => row.sessionId));
    const gone = sessionIds.filter(id => !there.has(id) && file.place(id));
    if (gone.length > 0) file.erase(gone);
    else if (forgot) file.scrub();
  }

  async #readBacklog(): Promise<void> {
    const failed: string[] = [];
    const waiting = this.#backlog.values();
    const work = async () => {
      for (const sessionId of waiting) {
        if (this.#closed) return;
        await this.#readLog(sessionId).catch(error => {
          failed.push(sessionId);
          this.#options.log.warn({ err: error, sessionId }, 'a session is not searched for now');
        });
        this.#backlog.delete(sessionId);
      }
    };
    await Promise.all(Array.from({ length: logsAtOnce }, work));
    // One that cannot be read is tried again with the next comparison, not every second.
    if (failed.length > 0) this.#compareFromMs = Math.min(this.#compareFromMs, Date.now() + againMs);
  }

  #readLog(sessionId: string): Promise<void> {
    const { store, file } = this.#options;
    return this.#reading.run(sessionId, async () => {
      for (let more = true; more && !this.#closed; ) {
        const place = file.place(sessionId);
        if (!place || place.indexed >= place.last) return;
        const page = await readAfter(store, sessionId, { after: place.indexed, limit: eventsAtOnce });
        if (this.#closed || page.events.length === 0) return;
        file.apply(sessionId, place, page.events);
        ({ more } = page);
      }
    });
  }
}
