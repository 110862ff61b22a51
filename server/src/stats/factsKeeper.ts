import type { Logger } from 'pino';
import { every, type Repeated } from '../platform/every.ts';
import { decodeHome } from '../sessions/archive/home.ts';
import { readAll } from '../sessions/log/log.ts';
import { orgKeys, part, sessionKey } from '../sessions/store/keys.ts';
import type { Store } from '../sessions/store/store.ts';
import { noFacts } from './facts.ts';
import type { FactsFile } from './factsFile.ts';
import { applyToFacts } from './foldFacts.ts';

export type FactsKeeperOptions = {
  store: Store;
  file: FactsFile;
  orgId: string;
  clock: () => number;
  log: Logger;
};

/** Without anybody asking, so that nobody waits long for the first answer. */
const lookEveryMs = 60_000;
/** Clocks of servers differ by less. */
const skewMs = 60_000;
const atOnce = 4;
const batchCount = 500;

/**
 * Brings facts up to date with the logs. Only a session that is in Redis changes: those are looked at each time,
 * those that have left since the last look once more, and all of them at the first look.
 */
export class FactsKeeper {
  #options: FactsKeeperOptions;
  #looking: { beganAtMs: number; done: Promise<void> } | null = null;
  /** In Redis at the last look, or not counted then. */
  #again: string[] = [];
  #lookedAtMs: number | null = null;
  #repeated: Repeated;
  #closed = false;

  constructor(options: FactsKeeperOptions) {
    this.#options = options;
    this.#repeated = every(
      lookEveryMs,
      () => this.refresh(lookEveryMs / 2),
      error => options.log.warn({ err: error }, 'sessions could not be counted'),
    );
    void this.#repeated.now();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#repeated.stop();
    await this.#looking?.done.catch(() => {});
  }

  /** Resolves once everything that was in the logs `maxAgeMs` ago is counted. */
  async refresh(maxAgeMs = 0): Promise<void> {
    const sinceMs = this.#options.clock() - maxAgeMs;
    for (;;) {
      if (this.#closed) return;
      if (!this.#looking) {
        if (maxAgeMs > 0 && this.#lookedAtMs !== null && this.#lookedAtMs >= sinceMs) return;
        break;
      }
      const { beganAtMs, done } = this.#looking;
      await done;
      // One that began earlier may have missed what the caller knows of.
      if (beganAtMs > sinceMs) return;
    }
    const beganAtMs = this.#options.clock();
    const done = this.#look(beganAtMs).finally(() => {
      this.#looking = null;
    });
    this.#looking = { beganAtMs, done };
    return done;
  }

  async #look(beganAtMs: number): Promise<void> {
    const { store, file, orgId } = this.#options;
    const listKey = orgKeys.sessions(orgId);
    const sinceMs = this.#lookedAtMs === null ? null : this.#lookedAtMs - skewMs;
    const [all, hot, touched] = await Promise.all([
      store.zrange(listKey, '0', '-1'),
      store.zrange(orgKeys.hot, '0', '-1'),
      sinceMs === null ? [] : store.zrangebyscore(listKey, sinceMs, '+inf'),
    ]);
    const lasts = file.lasts();
    const known = new Set(all);
    const missing = all.filter(id => !lasts.has(id));
    const wanted = sinceMs === null ? all : [...missing, ...hot, ...this.#again, ...touched];
    const ids = [...new Set(wanted)].filter(id => known.has(id));
    const failed: string[] = [];
    for (let start = 0; start < ids.length; start += batchCount)
      failed.push(...(await this.#bringUpToDate(ids.slice(start, start + batchCount), lasts)));
    for (const id of lasts.keys()) if (!known.has(id)) file.remove(id);
    this.#again = [...hot, ...failed];
    this.#lookedAtMs = beganAtMs;
  }

  /** Answers those that could not be counted. */
  async #bringUpToDate(ids: readonly string[], lasts: ReadonlyMap<string, number>): Promise<string[]> {
    const failed: string[] = [];
    const now = await this.#lastsOf(ids);
    const behind = ids.filter(id => now.get(id) !== undefined && now.get(id) !== lasts.get(id)).values();
    const work = async () => {
      for (const id of behind) {
        if (this.#closed) return;
        await this.#count(id, now.get(id) ?? 0).catch(error => {
          failed.push(id);
          this.#options.log.warn({ err: error, sessionId: id }, 'a session could not be counted');
        });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return failed;
  }

  /** The newest `seq` of each, wherever it is. */
  async #lastsOf(ids: readonly string[]): Promise<Map<string, number>> {
    const { store } = this.#options;
    const asked = store.pipeline();
    for (const id of ids) asked.hget(sessionKey(id, part.meta), 'last').get(sessionKey(id, part.home));
    const answers = (await asked.exec()) ?? [];
    const found = new Map<string, number>();
    for (const [n, id] of ids.entries()) {
      const [last, home] = [answers[2 * n], answers[2 * n + 1]].map(answer => answer?.[1] as string | null);
      const value = last ?? decodeHome(id, home ?? null)?.meta.last;
      if (value !== undefined) found.set(id, Number(value));
    }
    return found;
  }

  async #count(sessionId: string, last: number): Promise<void> {
    const { store, file } = this.#options;
    const before = file.get(sessionId);
    // A log that is shorter than what was counted is another one: Redis came back without its last writes.
    let facts = before && before.last <= last ? before : noFacts(sessionId);
    for await (const event of readAll(store, sessionId, facts.last)) facts = applyToFacts(facts, event);
    if (!this.#closed) file.put(facts);
  }
}
