import { type Envelope, knownEvent, type LiveMessage, type SessionEvent } from '@deckhand/shared';
import type { Follow } from '@deckhand/shared/client';
import type { View } from '@deckhand/shared/view';
import { menuMessage } from '../render/asks.ts';
import type { Shown } from '../render/live.ts';
import { isGone, isUninstalled } from '../slack/slack.ts';
import { Acts } from './acts.ts';
import { AgentSession } from './agentSession.ts';
import { type Hold, HoldLost } from './hold.ts';
import { Live } from './live.ts';
import { Poster, SlackAway } from './poster.ts';
import type { RelayDeps, RelayedThread } from './relayedThread.ts';

/** A thread where nothing happens is let go after this; what comes later is found by looking. */
const lingerMs = 20_000;
/** As many as are kept. */
const mostTrailing = 50;
/** A server that restarts is back before anybody is told. */
const awayAfterMs = 3_000;

/** Thrown where a thread cannot be written to any more. */
export class ThreadClosed extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** One thread, shown from one process: its session's events become messages, in order and once. */
export class Relay implements RelayedThread {
  readonly hold: Hold;
  readonly deps: RelayDeps;
  readonly poster: Poster;
  readonly agentSession: AgentSession;
  live: Live | null = null;
  /** Messages of turns that ended, which do not say so yet. */
  trailing: Live[] = [];
  /** The turn that runs at the event that is looked at. */
  running: string | null = null;
  telling: string | null = null;
  #events: SessionEvent[] = [];
  #wake: () => void = () => {};
  #follow: Follow | null = null;
  #over = false;
  #touched = false;
  #awaySinceMs = 0;
  #saidAway = false;
  #acts: Acts;

  constructor(deps: RelayDeps, hold: Hold) {
    this.deps = deps;
    this.hold = hold;
    this.poster = new Poster(deps.slack, hold);
    this.agentSession = new AgentSession(this.liveDeps);
    this.#acts = new Acts(this);
    hold.onLost(() => this.stop());
  }

  /** Shows until nothing more happens, the thread is lost or closed. Resolves with the hold given back. */
  async run(): Promise<{ uninstalled: boolean; faulty: boolean }> {
    let uninstalled = false;
    let faulty = false;
    try {
      await this.#show();
    } catch (error) {
      if (error instanceof ThreadClosed) {
        uninstalled = isUninstalled(error.reason);
        if (!uninstalled)
          await this.hold.note({ closed: error.reason, live: null, trailing: [] }).catch(() => {});
      } else if (error instanceof SlackAway) {
        faulty = true;
        this.deps.log.warn({ error: error.message, thread: this.hold.thread.id }, 'Slack is away');
      } else if (!(error instanceof HoldLost)) {
        faulty = true;
        this.deps.log.error({ err: error, thread: this.hold.thread.id }, 'a thread could not be relayed');
      }
    } finally {
      this.#follow?.leave();
      for (const live of this.lives) live.leave();
      await this.hold.release().catch(() => {});
    }
    return { uninstalled, faulty };
  }

  /** Something new is known to have come: it lingers again. */
  touch(): void {
    this.#touched = true;
    this.#wake();
  }

  stop(): void {
    this.#over = true;
    this.#wake();
  }

  /** As in a crash: no last word to anybody. */
  drop(): void {
    this.hold.drop();
    this.#follow?.leave();
    this.#over = true;
  }

  get view(): View | null {
    return this.#follow?.view() ?? null;
  }

  get sessionId(): string {
    return this.hold.info.session?.id ?? '';
  }

  shown(turnId: string): Shown {
    const { sessionId } = this;
    return { sessionId, turnId, pageUrl: `${this.deps.pageUrl}/sessions/${sessionId}` };
  }

  /** Messages that are not as they will stay. */
  get lives(): Live[] {
    return this.live ? [this.live, ...this.trailing] : this.trailing;
  }

  /** A message says now how its turn ended. */
  async settled(live: Live): Promise<void> {
    this.trailing = this.trailing.filter(each => each !== live);
    if (this.live === live) this.live = null;
    const { turnId } = live.message;
    if (this.hold.state.live?.turnId === turnId && this.telling !== turnId)
      await this.hold.note({ live: null });
    else if (this.hold.state.trailing.some(each => each.turnId === turnId)) await this.noteLives();
  }

  /** Writes down whose messages are to be settled, for whoever takes over. */
  async noteLives(): Promise<void> {
    // More are not taken, and what is refused would be said again for ever.
    const trailing = this.trailing.map(({ message }) => message).slice(-mostTrailing);
    const { live } = this.hold.state;
    const moved = trailing.some(({ turnId }) => turnId === live?.turnId);
    await this.hold.note({ trailing, ...(moved ? { live: null } : {}) });
  }

  /** Whether the server has been away for long enough to say so. */
  get away(): boolean {
    return this.#awaySinceMs > 0 && Date.now() - this.#awaySinceMs > awayAfterMs;
  }

  /** True once for each time that it went away, and once when it came back. */
  takeAwayNews(): boolean {
    if (this.away === this.#saidAway) return false;
    this.#saidAway = this.away;
    return true;
  }

  async #show(): Promise<void> {
    await this.#offerMenus();
    if (!this.hold.info.session) return;
    const { state } = this.hold;
    if (state.closed) await this.hold.note({ closed: null });
    // One that was not posted yet is begun when its event comes again.
    if (state.live?.ts) this.running = state.live.turnId;
    this.live = this.#taken(state.live);
    this.trailing = state.trailing.flatMap(message => this.#taken(message) ?? []);
    const begun = [...(state.live ? [state.live] : []), ...state.trailing];
    const after = Math.min(state.seq, ...begun.map(({ fromSeq }) => fromSeq - 1));
    this.#follow = this.deps.follows.follow(this.sessionId, {
      start: { after },
      onEvent: event => this.#take(event),
      onFrame: () => this.#dirty(),
      onStatus: status => {
        if (status === 'live') this.#awaySinceMs = 0;
        else if (status === 'offline' && this.#awaySinceMs === 0) this.#awaySinceMs = Date.now();
      },
      onFailure: failure => {
        this.deps.log.warn(
          { code: failure.code, thread: this.hold.thread.id },
          'a session cannot be followed',
        );
        if (failure.code !== 'offline' && failure.code !== 'timeout') this.stop();
      },
    });
    await this.#work();
  }

  /** A message that another process began; null where it was not posted yet. */
  #taken(message: LiveMessage | null): Live | null {
    if (!message?.ts) return null;
    return new Live(this.liveDeps, { ...message, ts: message.ts }, this.shown(message.turnId));
  }

  get liveDeps() {
    const { slack, offers } = this.deps;
    return { slack, hold: this.hold, poster: this.poster, offers };
  }

  async #work(): Promise<void> {
    while (!this.#over) {
      const event = this.#events.shift();
      if (event) {
        await this.#acts.act(event);
        continue;
      }
      const idle = await this.#idle();
      if (idle && this.lives.length === 0 && this.#awaySinceMs === 0) return;
    }
  }

  /** True where nothing came for as long as the thread lingers. */
  #idle(): Promise<boolean> {
    this.#touched = false;
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(true), lingerMs);
      this.#wake = () => {
        if (this.#events.length === 0 && !this.#over && !this.#touched) return;
        clearTimeout(timer);
        resolve(false);
      };
      this.#wake();
    });
  }

  #take(envelope: Envelope): void {
    this.#dirty();
    const event = knownEvent(envelope);
    if (!event) return;
    if (event.seq <= this.hold.state.seq) this.#see(event);
    else this.#events.push(event);
    this.#wake();
  }

  /** What was told by whoever held the thread before: a turn that ended then has a message to be settled. */
  #see(event: SessionEvent): void {
    if (event.type !== 'turn.finished') return;
    const { turnId } = event.data;
    if (this.running === turnId) this.running = null;
    const live = this.lives.find(({ message }) => message.turnId === turnId);
    if (this.view) void live?.end(this.view);
  }

  #dirty(): void {
    if (this.live) this.live.dirty = true;
  }

  /** A prompt that waits for its repository gets one menu; those behind it in the thread share it. */
  async #offerMenus(): Promise<void> {
    const { session, parked, state } = this.hold.info;
    const [first, ...others] = parked;
    if (session || !first) return;
    const menus = [first, ...others].map(({ requestId }) => `menu:${requestId}`);
    const known = menus.map(key => state.posts[key]).find(Boolean);
    if (!known) {
      const { onBehalfOf } = first;
      const repos = await this.deps.client.http['repo.list']({ onBehalfOf });
      const posted = await this.poster.post(menus[0] ?? '', menuMessage(first, repos.ok ? repos.repos : []));
      if (!posted.ok) return this.refused(posted.error);
    }
    const ts = known ?? this.hold.state.posts[menus[0] ?? ''] ?? '';
    const posts = { ...this.hold.state.posts, ...Object.fromEntries(menus.map(key => [key, ts])) };
    await this.hold.note({ posts });
  }

  /** What Slack refused: a thread that is gone is closed; anything else is told in the log and goes on. */
  refused(error: string): void {
    if (isGone(error) || isUninstalled(error)) throw new ThreadClosed(error);
    this.deps.log.warn({ error, thread: this.hold.thread.id }, 'Slack did not take a message');
  }
}
