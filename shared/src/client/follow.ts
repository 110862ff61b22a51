import type { CommandInput, Draft, Envelope, Frame, Presence, Session } from '../index.ts';
import {
  applyEvents,
  applyFrame,
  openView,
  prependEvents,
  refreshDrafts,
  resumeView,
  type View,
} from '../view/index.ts';
import type { HttpClient } from './http.ts';
import type { Link } from './link.ts';
import type { ClientFailure } from './result.ts';

export type FollowStatus = 'connecting' | 'live' | 'offline';
export type FollowHandlers = {
  onView?: (view: View) => void;
  onStatus?: (status: FollowStatus) => void;
  onPresence?: (people: Presence['people']) => void;
  /** The session as the server lists it, at each opening. */
  onSession?: (session: Session) => void;
  /** A failure that trying again does not mend: no such session, signed out, another protocol. */
  onFailure?: (failure: ClientFailure) => void;
  /** Every event, once, in order. */
  onEvent?: (event: Envelope) => void;
  /** Every frame that the view took. */
  onFrame?: (frame: Frame) => void;
};
/** Whoever is told to ask less often does; not all at the same time, where many sessions are followed at once. */
const lessOften = () => 5_000 + Math.random() * 10_000;

type Piece = { event: Envelope } | { frame: Frame };
export type FollowStart = { tail: number } | { after: number };
export type Follow = {
  view: () => View | null;
  /** Puts an older page before what is shown; false where there is none or it could not be had. */
  loadOlder: (limit?: number) => Promise<boolean>;
  leave: () => void;
};

/**
 * Keeps one session's view true: opens it, reads the pages, takes events and frames as they come, and opens again
 * from `last` after a lost connection or a gap. What arrives while an answer is awaited is held and applied behind it.
 */
export function followSession(
  { link, http }: { link: Link; http: HttpClient },
  sessionId: string,
  start: FollowStart,
  handlers: FollowHandlers,
): Follow {
  let view: View | null = null;
  let status: FollowStatus = 'connecting';
  let opening = false;
  let over = false;
  let held: Piece[] = [];
  let fetchingDrafts = false;
  let misfits: Frame[] = [];
  let failures = 0;
  let gaps = 0;
  let openTimer: ReturnType<typeof setTimeout> | undefined;

  const setStatus = (next: FollowStatus) => {
    if (status === next) return;
    status = next;
    handlers.onStatus?.(next);
  };
  const show = (next: View, events: readonly Envelope[] = []) => {
    const before = view?.last ?? next.from - 1;
    view = next;
    for (const event of events) if (event.seq > before && event.seq <= next.last) handlers.onEvent?.(event);
    handlers.onView?.(next);
  };
  const openIn = (ms: number) => {
    clearTimeout(openTimer);
    openTimer = setTimeout(() => void open(), ms);
  };

  async function open(): Promise<void> {
    if (opening || over || !link.state().up) return;
    opening = true;
    clearTimeout(openTimer);
    setStatus('connecting');
    const failure = await readPages();
    opening = false;
    if (over) return;
    if (failure) return failed(failure);
    failures = 0;
    // Lost while the answer was on its way: the next connection opens again.
    if (!link.state().up) return;
    setStatus('live');
    const pieces = held;
    held = [];
    for (const piece of pieces) take(piece);
  }

  async function readPages(): Promise<ClientFailure | null> {
    for (;;) {
      const from: Partial<CommandInput<'session.open'>> = view ? { after: view.last } : start;
      const answer = await link.ask('session.open', { sessionId, ...from });
      if (over) return null;
      if (!answer.ok) return answer;
      handlers.onSession?.(answer.session);
      show(view ? resumeView(view, answer) : openView(answer), answer.events);
      if (!answer.more) tell(answer.drafts);
      if (!answer.more || answer.events.length === 0) return null;
    }
  }

  function failed(failure: ClientFailure): void {
    if (failure.code === 'cursor_ahead' && view) {
      // The log is shorter than what we hold: it is not the one that we read.
      view = null;
      held = [];
      openIn(0);
      return;
    }
    setStatus('offline');
    if (!failure.retryable) handlers.onFailure?.(failure);
    else if (failure.code === 'rate_limited') openIn(lessOften());
    else openIn(Math.min(200 * 2 ** failures++, 5000));
  }

  /** In order of arrival; while an answer is awaited everything is held, because that answer may cover it. */
  function take(piece: Piece): void {
    if (over) return;
    if (status !== 'live' || !view) held.push(piece);
    else if ('event' in piece) takeEvent(view, piece);
    else takeFrame(view, piece.frame);
  }

  function takeEvent(shown: View, piece: { event: Envelope }): void {
    const applied = applyEvents(shown, [piece.event]);
    if (applied.need === 'events') {
      held.push(piece);
      setStatus('connecting');
      // A log that stays incomplete must not be asked for in a hot loop.
      openIn(gaps++ === 0 ? 0 : Math.min(100 * 2 ** gaps, 5000));
    } else if (applied.view !== shown) {
      gaps = 0;
      show(applied.view, [piece.event]);
    }
  }

  function takeFrame(shown: View, frame: Frame): void {
    const applied = applyFrame(shown, frame);
    if (applied.need === 'drafts') {
      misfits.push(frame);
      void fetchDrafts();
    } else if (applied.view !== shown) {
      show(applied.view);
      handlers.onFrame?.(frame);
    }
  }

  /** What of unfinished texts came before us, for who takes frames alone. */
  function tell(drafts: Draft[]): void {
    for (const { afterSeq: _, ...draft } of drafts) handlers.onFrame?.({ sessionId, offset: 0, ...draft });
  }

  async function fetchDrafts(): Promise<void> {
    if (fetchingDrafts) return;
    fetchingDrafts = true;
    const answer = await http['session.view']({ sessionId });
    fetchingDrafts = false;
    const again = misfits;
    misfits = [];
    if (over || !view || !answer.ok) return; // the next frame that does not fit asks again
    show(refreshDrafts(view, answer.drafts));
    tell(answer.drafts);
    for (const frame of again) take({ frame });
  }

  const unlisten = link.listen({
    event: event => {
      if (event.sessionId === sessionId) take({ event });
    },
    frame: frame => {
      if (frame.sessionId === sessionId) take({ frame });
    },
    presence: presence => {
      if (presence.sessionId === sessionId) handlers.onPresence?.(presence.people);
    },
    state: state => {
      if (state.up) {
        void open();
        return;
      }
      held = [];
      setStatus('offline');
      if (state.failure) handlers.onFailure?.(state.failure);
    },
  });
  handlers.onStatus?.(status);
  if (link.state().up) void open();

  return {
    view: () => view,
    async loadOlder(limit = 200) {
      const before = view?.from ?? 1;
      if (before <= 1) return false;
      const page = await http['events.list']({ sessionId, before, limit });
      if (over || !view || !page.ok) return false;
      const fuller = prependEvents(view, page.events);
      if (fuller === view) return false;
      view = fuller;
      handlers.onView?.(fuller);
      return true;
    },
    leave() {
      over = true;
      clearTimeout(openTimer);
      unlisten();
      if (link.state().up) void link.ask('session.leave', { sessionId });
    },
  };
}
