import { type Envelope, Frame, type Head } from '@deckhand/shared';
import { applyToHead, emptyHead } from '@deckhand/shared/view';
import type { z } from 'zod';
import { every, type Repeated } from '../../platform/every.ts';
import { AskedPage } from '../pageAsks.ts';
import { busChannel } from '../store/keys.ts';
import { decodeEvent } from '../store/logEntry.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { headAt } from './headsAt.ts';
import { readAfter } from './log.ts';
import { noteWatched } from './viewers.ts';

/** Where a feed's events go. Must not throw. */
export type Sink = {
  event(event: Envelope): void;
  frame(frame: Frame): void;
  /** For one person's sockets alone. */
  pageAsk?(asked: AskedPage): void;
};

/** Lost publications are found by comparing `last` this often (DESIGN section 4). */
const compareEveryMs = 2_000;

/**
 * The live log of one session on this node: every event once, in order, to every sink. The log is the bus: a
 * publication that is missed is read from the log, so live viewing, reconnect and replay are one way.
 */
export class Feed {
  readonly sessionId: string;
  #store: Store;
  #sinks = new Set<Sink>();
  #cursor = 0;
  #head: Head = emptyHead;
  #catchingUp: Promise<void> | null = null;
  #behind = false;

  constructor(store: Store, sessionId: string) {
    this.#store = store;
    this.sessionId = sessionId;
  }

  /** The newest seq that the sinks have been given. */
  get cursor(): number {
    return this.#cursor;
  }

  /** The fold of the whole log at `cursor`. */
  get head(): Head {
    return this.#head;
  }

  get watched(): boolean {
    return this.#sinks.size > 0;
  }

  /** Reads what the session is so far. Call after the subscription is confirmed, or what happens in between is late by a compare. */
  async start(): Promise<void> {
    const last = (await readMeta(this.#store, this.sessionId))?.last ?? 0;
    this.#head = await headAt(this.#store, this.sessionId, last);
    this.#cursor = this.#head.last;
  }

  add(sink: Sink): () => void {
    this.#sinks.add(sink);
    return () => this.#sinks.delete(sink);
  }

  /** A message of the session's channel. */
  receive(message: string): void {
    if (message.startsWith('e ')) {
      const [, seq = '', atMs = ''] = message.split(' ', 3);
      if (Number(seq) === this.#cursor + 1 && !this.#catchingUp) {
        this.#take(decodeEvent(Number(seq), Number(atMs), message.slice(4 + seq.length + atMs.length)));
      } else if (Number(seq) > this.#cursor) void this.catchUp();
    } else if (message.startsWith('f ')) {
      const frame = parsed(Frame, message.slice(2));
      if (frame) for (const sink of this.#sinks) sink.frame(frame);
    } else if (message.startsWith('p ')) {
      const asked = parsed(AskedPage, message.slice(2));
      if (asked) for (const sink of this.#sinks) sink.pageAsk?.(asked);
    }
  }

  /** Reads what is missing from the log; calls while one runs make it look once more. */
  catchUp(): Promise<void> {
    this.#behind = true;
    this.#catchingUp ??= this.#readMissing().finally(() => {
      this.#catchingUp = null;
    });
    return this.#catchingUp;
  }

  async #readMissing(): Promise<void> {
    while (this.#behind) {
      this.#behind = false;
      for (let more = true; more; ) {
        const page = await readAfter(this.#store, this.sessionId, { after: this.#cursor, limit: 500 });
        for (const event of page.events) this.#take(event);
        more = page.more;
      }
    }
  }

  #take(event: Envelope): void {
    if (event.seq !== this.#cursor + 1) return;
    this.#cursor = event.seq;
    this.#head = applyToHead(this.#head, event);
    for (const sink of this.#sinks) sink.event(event);
  }
}

/** Null for what is not ours. */
function parsed<T>(schema: z.ZodType<T>, json: string): T | null {
  try {
    return schema.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}

/** All feeds of this node, shared by whoever watches the same session. */
export class Feeds {
  #store: Store;
  #subscriber: Store;
  #feeds = new Map<string, Promise<Feed>>();
  #users = new Map<string, number>();
  #comparing: Repeated;

  constructor(store: Store, subscriber: Store) {
    this.#store = store;
    this.#subscriber = subscriber;
    subscriber.on('message', (channel: string, message: string) => void this.#receive(channel, message));
    this.#comparing = every(
      compareEveryMs,
      () => this.#compare(),
      () => {},
    );
  }

  /** A feed that is up to date and stays so until `release`. */
  async watch(sessionId: string): Promise<{ feed: Feed; release: () => void }> {
    this.#users.set(sessionId, (this.#users.get(sessionId) ?? 0) + 1);
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      void this.#leave(sessionId);
    };
    let opening = this.#feeds.get(sessionId);
    if (!opening) {
      opening = this.#open(sessionId);
      this.#feeds.set(sessionId, opening);
    }
    try {
      return { feed: await opening, release };
    } catch (error) {
      // By then another may open it anew.
      if (this.#feeds.get(sessionId) === opening) this.#feeds.delete(sessionId);
      release();
      throw error;
    }
  }

  async close(): Promise<void> {
    // What it waits for ends with its connection.
    void this.#comparing.stop();
    this.#feeds.clear();
  }

  async #open(sessionId: string): Promise<Feed> {
    const feed = new Feed(this.#store, sessionId);
    await this.#subscriber.subscribe(busChannel(sessionId));
    await feed.start();
    await feed.catchUp();
    return feed;
  }

  async #leave(sessionId: string): Promise<void> {
    const users = (this.#users.get(sessionId) ?? 1) - 1;
    this.#users.set(sessionId, users);
    if (users > 0) return;
    this.#users.delete(sessionId);
    this.#feeds.delete(sessionId);
    await this.#subscriber.unsubscribe(busChannel(sessionId)).catch(() => {});
    // Somebody may have come while the unsubscription was on its way.
    if (this.#feeds.has(sessionId)) await this.#subscriber.subscribe(busChannel(sessionId));
  }

  async #receive(channel: string, message: string): Promise<void> {
    const sessionId = channel.slice(channel.indexOf('{') + 1, channel.indexOf('}'));
    const feed = await this.#feeds.get(sessionId)?.catch(() => null);
    feed?.receive(message);
  }

  async #compare(): Promise<void> {
    const watched: string[] = [];
    for (const opening of this.#feeds.values()) {
      // One that is still being opened, and may never be, keeps nobody from finding what was lost.
      const feed = await Promise.race([opening, null]).catch(() => null);
      await feed?.catchUp().catch(() => {});
      if (feed?.watched) watched.push(feed.sessionId);
    }
    await noteWatched(this.#store, watched).catch(() => {});
  }
}
