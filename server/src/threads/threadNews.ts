import { every, type Repeated } from '../platform/every.ts';
import { singleFlight } from '../platform/singleFlight.ts';
import { orgKeys } from '../sessions/store/keys.ts';
import type { Store } from '../sessions/store/store.ts';
import { noteNews, noteShownIn, threadsShowing } from './newsSet.ts';
import { sessionsOfThreads } from './threads.ts';

/** What came within this is looked up at once: a turn writes many events a second. */
const gatherMs = 50;
/** A connection that is dead without saying so is found out by this. */
const sweepEveryMs = 10 * 60_000;
const pageCount = 500;

type Deps = { store: Store; subscriber: Store; clock: () => number; onError: (error: unknown) => void };

/**
 * Which threads have something to show that was not shown. Each commit names its session on one channel; the thread
 * that shows it is put into a set, which is all that a look reads: threads where nothing happens cost nothing. What
 * nobody heard (no server was up, the connection was lost) is found by one sweep over a workspace's threads after each
 * subscription.
 */
export class ThreadNews {
  #deps: Deps;
  #heard = new Set<string>();
  #writing: Repeated;
  /** Raised whenever something may have been missed; what was swept under a lower one is swept again. */
  #subscription = 0;
  #swept = new Map<string, { subscription: number; atMs: number }>();
  #sweeps = singleFlight<string, void>();

  constructor(deps: Deps) {
    this.#deps = deps;
    const { subscriber, onError } = deps;
    this.#writing = every(gatherMs, () => this.#write(), onError);
    subscriber.on('message', (channel: string, sessionId: string) => {
      if (channel === orgKeys.newsChannel) this.#heard.add(sessionId);
    });
    const subscribe = () =>
      subscriber.subscribe(orgKeys.newsChannel).then(() => {
        this.#subscription += 1;
      }, onError);
    subscriber.on('ready', subscribe);
    if (subscriber.status === 'ready') void subscribe();
  }

  /** Resolves when the set has whatever this server did not hear of; at once where there is nothing to sweep. */
  async complete(provider: string, workspace: string): Promise<void> {
    const key = `${provider}:${workspace}`;
    const { clock } = this.#deps;
    const subscription = this.#subscription;
    const swept = this.#swept.get(key);
    if (subscription === 0) return;
    if (swept?.subscription === subscription && clock() - swept.atMs < sweepEveryMs) return;
    await this.#sweeps.run(key, async () => {
      const atMs = clock();
      await this.#sweep(provider, workspace);
      this.#swept.set(key, { subscription, atMs });
    });
  }

  async close(): Promise<void> {
    // What it waits for ends with its connection.
    void this.#writing.stop();
  }

  async #write(): Promise<void> {
    if (this.#heard.size === 0) return;
    const heard = [...this.#heard];
    this.#heard.clear();
    try {
      for (const thread of await threadsShowing(this.#deps.store, heard))
        await noteNews(this.#deps.store, thread.provider, [thread.id]);
    } catch (error) {
      for (const sessionId of heard) this.#heard.add(sessionId);
      throw error;
    }
  }

  /** Every thread is to be looked at once, also those of versions that kept no such set. */
  async #sweep(provider: string, workspace: string): Promise<void> {
    const { store } = this.#deps;
    for (let from = 0; ; from += pageCount) {
      const page = await sessionsOfThreads(store, { provider, workspace, from, count: pageCount });
      if (page.length === 0) return;
      await noteShownIn(
        store,
        page.flatMap(({ thread, sessionId }) => (sessionId ? [{ sessionId, thread }] : [])),
      );
      await noteNews(
        store,
        provider,
        page.map(({ thread }) => thread.id),
      );
    }
  }
}
