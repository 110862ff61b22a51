import type { LiveMessage } from '@deckhand/shared';
import type { View } from '@deckhand/shared/view';
import { duration } from '@deckhand/shared/words';
import { liveMessage, type Shown } from '../render/live.ts';
import { shortened } from '../render/mrkdwn.ts';
import { activityOf } from '../render/work.ts';
import { placeOf } from '../slack/place.ts';
import { isNotOffered, type Slack } from '../slack/slack.ts';
import type { Hold } from './hold.ts';
import type { Poster } from './poster.ts';
import { firstChunks, taskChunks } from './streaming.ts';

/** What this workspace turned out not to have is not tried again for this long. */
const notOfferedMs = 10 * 60_000;
/** A minute's appends, shared by so many, are one in five seconds for each. */
const mostStreams = 8;

/** Which of Slack's newer ways work here; shared by all threads. */
export class Offers {
  #until = new Map<string, number>();
  streams = 0;
  may(method: string): boolean {
    return Date.now() > (this.#until.get(method) ?? 0);
  }
  refused(method: string, error: string): void {
    if (isNotOffered(error)) this.#until.set(method, Date.now() + notOfferedMs);
  }
}

/** Streams go to whoever asked; there are as many as can all be told something every few seconds. */
const mayStream = ({ slack, hold, offers }: LiveDeps, recipient: string | null) =>
  recipient !== null &&
  offers.may('chat.startStream') &&
  offers.streams < mostStreams &&
  slack.pace.waitMs('chat.startStream', placeOf(hold.thread).channel, false) === 0;

export type LiveDeps = { slack: Slack; hold: Hold; poster: Poster; offers: Offers };

/** The message of one turn while it runs: a native stream where there is one to be had, else updated as a whole. */
export class Live {
  readonly message: LiveMessage & { ts: string };
  readonly shown: Shown;
  #deps: LiveDeps;
  #sent = new Map<string, string>();
  #before = '';
  #status = '';
  dirty = true;
  /** The turn has ended; `settled`: the message says so, and nothing more comes of it. */
  ended = false;
  settled = false;
  shownAtMs = Date.now();
  statusAtMs = 0;
  #gone = false;

  constructor(deps: LiveDeps, message: LiveMessage & { ts: string }, shown: Shown) {
    this.#deps = deps;
    this.message = message;
    this.shown = shown;
    if (message.mode === 'stream') deps.offers.streams += 1;
  }

  /**
   * Begins the message of a turn, or finds the one that another process began: what it is going to be is written down
   * first.
   */
  static async begin(
    deps: LiveDeps,
    turn: { turnId: string; fromSeq: number; recipient: string | null },
    { view, shown }: { view: View; shown: Shown },
  ): Promise<Live | { error: string }> {
    const { hold, poster, offers } = deps;
    const { turnId, fromSeq, recipient } = turn;
    const key = `live:${turnId}`;
    const begun = hold.state.live?.turnId === turnId ? hold.state.live : null;
    const mode = begun ? begun.mode : mayStream(deps, recipient) ? 'stream' : 'update';
    if (!begun) await hold.note({ live: { turnId, fromSeq, ts: null, mode } });
    if (mode === 'stream') {
      const { team, channel, ts } = placeOf(hold.thread);
      const args = {
        channel,
        thread_ts: ts,
        recipient_team_id: team,
        ...(recipient ? { recipient_user_id: recipient } : {}),
        task_display_mode: 'plan',
        chunks: firstChunks(shown),
      };
      const streamed = await poster.once(key, { method: 'chat.startStream', args, mark: turnId });
      if (streamed.ok) return new Live(deps, { turnId, fromSeq, ts: streamed.ts, mode }, shown);
      offers.refused('chat.startStream', streamed.error);
      await hold.note({ live: { turnId, fromSeq, ts: null, mode: 'update' } });
    }
    const posted = await poster.post(key, liveMessage(view, shown));
    return posted.ok
      ? new Live(deps, { turnId, fromSeq, ts: posted.ts, mode: 'update' }, shown)
      : { error: posted.error };
  }

  /** The method that the next progress takes. */
  get method(): string {
    return this.message.mode === 'stream' && !this.ended ? 'chat.appendStream' : 'chat.update';
  }

  get channel(): string {
    return placeOf(this.#deps.hold.thread).channel;
  }

  /** Shows where the work is; the caller took its place in the pace. True where Slack took it or nothing is new. */
  async progress(view: View, away = false): Promise<boolean> {
    this.dirty = false;
    this.shownAtMs = Date.now();
    const { slack } = this.#deps;
    const { ts, mode } = this.message;
    const { channel } = this;
    if (this.#gone) return this.#settle();
    if (mode === 'stream' && !this.ended) {
      const chunks = taskChunks(view, this.shown, this.#sent);
      if (chunks.length === 0) return true;
      const answer = await slack.once('chat.appendStream', { channel, ts, chunks });
      if (!answer.ok) this.#failed(answer.error);
      if (!answer.ok) this.#sent.clear();
      return answer.ok;
    }
    const message = liveMessage(view, { ...this.shown, away });
    const text = JSON.stringify(message);
    if (text === this.#before) return this.#settle();
    const answer = await slack.once('chat.update', { channel, ts, ...message });
    if (answer.ok) this.#before = text;
    else this.#failed(answer.error);
    return answer.ok && this.#settle();
  }

  #settle(): boolean {
    this.settled = this.ended;
    return true;
  }

  /** Slack's own line under the thread: "Deckhand is running npm test". */
  async status(view: View): Promise<void> {
    const { slack, offers, hold } = this.#deps;
    const { channel, ts: thread_ts } = placeOf(hold.thread);
    this.statusAtMs = Date.now();
    const status = this.#statusOf(view);
    this.#status = status;
    const answer = await slack.once('assistant.threads.setStatus', {
      channel_id: channel,
      thread_ts,
      status,
    });
    if (!answer.ok) offers.refused('assistant.threads.setStatus', answer.error);
  }

  statusIsOld(view: View): boolean {
    return this.#statusOf(view) !== this.#status;
  }

  /** What it does, and for how long the turn has run: in steps of ten seconds, so that it is seen to live. */
  #statusOf(view: View): string {
    const { turn } = view.head;
    const ranMs = turn ? Date.now() - Date.parse(turn.startedAt) : 0;
    const ran = ranMs < 10_000 ? '' : ` (${duration(Math.floor(ranMs / 10_000) * 10_000)})`;
    return `is ${shortened(activityOf(view, this.message.turnId), 40)}${ran}`;
  }

  /** The turn has ended: a stream stops; the message says what was done when there is room for it. */
  async end(view: View): Promise<void> {
    if (this.ended) return;
    const { slack, offers } = this.#deps;
    const { ts, mode } = this.message;
    this.ended = true;
    this.dirty = true;
    if (mode !== 'stream') return;
    offers.streams -= 1;
    const chunks = taskChunks(view, this.shown, this.#sent);
    await slack.call('chat.stopStream', {
      channel: this.channel,
      ts,
      ...(chunks.length > 0 ? { chunks } : {}),
    });
  }

  /** Nothing more is shown by this process. */
  leave(): void {
    if (this.message.mode === 'stream' && !this.ended) this.#deps.offers.streams -= 1;
  }

  #failed(error: string): void {
    // Somebody deleted it: it is not put back; the end is told all the same.
    if (error === 'message_not_found' || error === 'message_not_in_streaming_state') this.#gone = true;
    else this.dirty = true;
  }
}
