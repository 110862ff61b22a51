import type { Message } from '../render/blocks.ts';
import { placeOf } from '../slack/place.ts';
import { passes, type Slack, type SlackAnswer } from '../slack/slack.ts';
import type { Hold } from './hold.ts';

/** Slack is away for longer than this: the thread is given back and looked at again later. */
const patienceMs = 10 * 60_000;

export type Posted = { ok: true; ts: string } | { ok: false; error: string };

/** Thrown where Slack was away for too long. Whether it took the message is looked up before it is posted again. */
export class SlackAway extends Error {
  override name = 'SlackAway';
}

/** Writes into one thread, each message once, whatever crashes or is lost on the way. */
export class Poster {
  #slack: Slack;
  #hold: Hold;
  #patienceMs: number;

  constructor(slack: Slack, hold: Hold, options: { patienceMs?: number } = {}) {
    this.#slack = slack;
    this.#hold = hold;
    this.#patienceMs = options.patienceMs ?? patienceMs;
  }

  /** Posts what has not been posted under that key. */
  async post(key: string, message: Message): Promise<Posted> {
    const { channel, ts: thread_ts } = this.#place;
    return this.once(key, {
      method: 'chat.postMessage',
      args: {
        channel,
        thread_ts,
        ...message,
        unfurl_links: false,
        unfurl_media: false,
        metadata: { event_type: 'deckhand_relay', event_payload: { key } },
      },
    });
  }

  /**
   * Anything that makes a message, once: the intent is written down first; where nobody knows whether Slack did it, by an
   * answer that was lost or a process that died, the thread is looked through for it. `mark` is how it is told then.
   * Throws SlackAway with the intent still written down.
   */
  async once(
    key: string,
    request: { method: string; args: Record<string, unknown>; mark?: string },
  ): Promise<Posted> {
    const hold = this.#hold;
    const known = hold.state.posts[key];
    if (known) return { ok: true, ts: known };
    const doubted = hold.state.posting === key;
    const found = doubted ? await this.#find(request.mark ?? key) : null;
    if (!doubted) await hold.note({ posting: key });
    const posted: Posted = found ? { ok: true, ts: found } : await this.#send(key, request);
    if (!posted.ok && passes(posted.error)) throw new SlackAway(posted.error);
    const posts = posted.ok ? { ...hold.state.posts, [key]: posted.ts } : hold.state.posts;
    await hold.note({ posting: null, posts });
    return posted;
  }

  async update(ts: string, message: Message): Promise<SlackAnswer> {
    const { channel } = this.#place;
    return this.#slack.call('chat.update', { channel, ts, ...message }, { patienceMs: this.#patienceMs });
  }

  async #send(
    key: string,
    { method, args, mark }: { method: string; args: Record<string, unknown>; mark?: string },
  ): Promise<Posted> {
    const untilMs = Date.now() + this.#patienceMs;
    const { channel } = this.#place;
    for (let tries = 0; ; tries++) {
      while (!this.#slack.pace.take(method, channel, true))
        await pause(Math.max(this.#slack.pace.waitMs(method, channel, true), 10));
      await this.#hold.sure();
      const answer = await this.#slack.once(method, args);
      if (answer.ok) return { ok: true, ts: String(answer.ts) };
      if (!passes(answer.error) || Date.now() > untilMs) return answer;
      await pause(answer.error === 'ratelimited' ? 50 : Math.min(300 * 2 ** tries, 5_000));
      if (answer.error === 'ratelimited') continue;
      const found = await this.#find(mark ?? key);
      if (found) return { ok: true, ts: found };
    }
  }

  /** The message of ours that carries the mark, where it is in the thread. */
  async #find(mark: string): Promise<string | null> {
    const { channel, ts } = this.#place;
    const args = { channel, ts, limit: 200, include_all_metadata: true };
    for (let cursor = ''; ; ) {
      const answer = await this.#slack.call(
        'conversations.replies',
        { ...args, ...(cursor ? { cursor } : {}) },
        { patienceMs: this.#patienceMs },
      );
      // It may be there and cannot be seen: posting now could be a second time.
      if (!answer.ok && passes(answer.error)) throw new SlackAway(answer.error);
      if (!answer.ok) return null;
      const messages = Array.isArray(answer.messages) ? (answer.messages as { ts?: string }[]) : [];
      const found = messages.find(message => JSON.stringify(message).includes(mark));
      if (found?.ts) return found.ts;
      const next = (answer.response_metadata as { next_cursor?: string } | undefined)?.next_cursor;
      if (!next) return null;
      cursor = next;
    }
  }

  get #place() {
    return placeOf(this.#hold.thread);
  }
}

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));
