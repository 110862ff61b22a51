import type { ThreadKey } from '@deckhand/shared';
import { type Client, createClient } from '@deckhand/shared/client';
import type { Logger } from 'pino';
import type { Directory } from '../slack/directory.ts';
import type { Self } from '../slack/self.ts';
import type { Slack } from '../slack/slack.ts';
import { startBeat } from './beat.ts';
import { Hold } from './hold.ts';
import { Offers } from './live.ts';
import { Relay } from './relay.ts';

export type RelaysOptions = {
  client: Client;
  server: { url: string; token: string };
  /** Where people open sessions. */
  pageUrl: string;
  slack: Slack;
  directory: Directory;
  self: Self;
  /** Names this process. */
  owner: string;
  /** The app is no longer installed. */
  onUninstalled: () => void;
  log: Logger;
};

const lookEveryMs = 2_000;
const faultyMs = 30_000;
/** One connection may send only so many commands a minute; following takes one, and one at its end. */
const followsPerConnection = 60;

/** Every thread that this process shows. Any process may show any thread; one does at a time. */
export class Relays {
  #options: RelaysOptions;
  #relays = new Map<string, Relay>();
  #taking = new Set<string>();
  #again = new Set<string>();
  /** Threads that could not be shown for a fault of ours, and until when they are let alone. */
  #faulty = new Map<string, number>();
  #connections: { client: Client; follows: number }[] = [];
  #offers = new Offers();
  #timer: ReturnType<typeof setInterval>;
  #stopBeat: () => void;
  #looking = false;
  #closed = false;

  constructor(options: RelaysOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.look(), lookEveryMs);
    this.#stopBeat = startBeat(() => this.#relays.values(), options.slack.pace, this.#offers);
  }

  get count(): number {
    return this.#relays.size;
  }

  /** Something happened in a thread: it is shown from here unless another process does so. */
  wake(thread: ThreadKey): void {
    const known = this.#relays.get(thread.id);
    // What it was taken for may be over: it is looked at once more when it is given back.
    if (known?.hold.info.session) known.touch();
    else if (known || this.#taking.has(thread.id)) this.#again.add(thread.id);
    else void this.#take(thread);
  }

  /** Threads with something to show that nobody shows. */
  async look(): Promise<void> {
    if (this.#looking || this.#closed) return;
    this.#looking = true;
    const { client, self } = this.#options;
    const found = await client.http['thread.list']({ provider: 'slack', workspace: self.team, limit: 300 });
    const nowMs = Date.now();
    if (found.ok)
      for (const { thread } of found.threads)
        if ((this.#faulty.get(thread.id) ?? 0) < nowMs) this.wake(thread);
    this.#looking = false;
  }

  /** Gives every thread back. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#stopBeat();
    const ended = [...this.#relays.values()].map(async relay => {
      relay.stop();
      await relay.hold.release().catch(() => {});
    });
    await Promise.race([Promise.all(ended), new Promise(resolve => setTimeout(resolve, 2_000))]);
    for (const { client } of this.#connections) client.close();
  }

  async #take(thread: ThreadKey): Promise<void> {
    if (this.#closed) return;
    const { id } = thread;
    this.#taking.add(id);
    const { client, owner, server, onUninstalled, ...shared } = this.#options;
    const hold = await Hold.take({ client, owner, thread });
    this.#taking.delete(id);
    if (!hold) return;
    const connection = this.#connection();
    connection.follows += 1;
    const deps = {
      client,
      follows: connection.client,
      server,
      offers: this.#offers,
      serverUrl: server.url,
      ...shared,
    };
    const relay = new Relay(deps, hold);
    this.#relays.set(id, relay);
    const { uninstalled, faulty } = await relay.run();
    if (faulty) this.#faulty.set(id, Date.now() + faultyMs);
    else this.#faulty.delete(id);
    this.#relays.delete(id);
    connection.follows -= 1;
    if (uninstalled) onUninstalled();
    else if (this.#again.delete(id)) void this.#take(thread);
  }

  #connection() {
    const free = this.#connections.find(({ follows }) => follows < followsPerConnection);
    if (free) return free;
    const { url, token } = this.#options.server;
    const made = { client: createClient({ url, token, transports: ['websocket'] }), follows: 0 };
    this.#connections.push(made);
    return made;
  }
}
