import type { EventType, SessionEvent } from '@deckhand/shared';
import { knownEvent } from '@deckhand/shared';
import type { Client, ClientFailure, FollowStatus } from '@deckhand/shared/client';
import type { View } from '@deckhand/shared/view';
import { patienceMs } from './patience.ts';

export type EventOf<T extends EventType> = Extract<SessionEvent, { type: T }>;

/** One session as a viewer sees it, with what a test waits for. */
export type Watch = {
  sessionId: string;
  events: readonly SessionEvent[];
  failures: readonly ClientFailure[];
  view(): View;
  status(): FollowStatus;
  /** All events of a type so far. */
  all<T extends EventType>(type: T): EventOf<T>[];
  /** The nth event (from 1) of a type, once it is there. */
  event<T extends EventType>(type: T, nth?: number): Promise<EventOf<T>>;
  /** Resolves once the view fits. */
  until(fits: (view: View) => boolean, what: string): Promise<View>;
  /** The nth turn's end. */
  finished(nth?: number): Promise<EventOf<'turn.finished'>>;
  leave(): void;
};

export function watch(client: Client, sessionId: string, { after = 0 }: { after?: number } = {}): Watch {
  const events: SessionEvent[] = [];
  const failures: ClientFailure[] = [];
  const looks = new Set<() => void>();
  let status: FollowStatus = 'connecting';
  const wake = () => {
    for (const look of looks) look();
  };
  const follow = client.follow(sessionId, {
    start: { after },
    onEvent: envelope => {
      const event = knownEvent(envelope);
      if (!event) throw new Error(`not an event of the contract: ${JSON.stringify(envelope)}`);
      events.push(event);
    },
    onView: wake,
    onStatus: next => {
      status = next;
    },
    onFailure: failure => void failures.push(failure),
  });
  const view = () => {
    const shown = follow.view();
    if (!shown) throw new Error('nothing is shown yet');
    return shown;
  };

  function waitFor<T>(look: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        looks.delete(attempt);
        const seen = events
          .map(event => event.type)
          .slice(-40)
          .join(' ');
        reject(
          new Error(
            `${sessionId}: waited for ${what} (${status}); seen ${events.length} events, the last: ${seen}`,
          ),
        );
      }, patienceMs);
      const attempt = () => {
        const found = look();
        if (found === undefined) return;
        looks.delete(attempt);
        clearTimeout(timer);
        resolve(found);
      };
      looks.add(attempt);
      attempt();
    });
  }

  const all = <T extends EventType>(type: T) =>
    events.filter((event): event is EventOf<T> => event.type === type);
  const event = <T extends EventType>(type: T, nth = 1) =>
    waitFor(() => all(type)[nth - 1], `${type} ${nth}`);
  return {
    sessionId,
    events,
    failures,
    view,
    status: () => status,
    all,
    event,
    finished: (nth = 1) => event('turn.finished', nth),
    until: (fits, what) =>
      waitFor(() => {
        const shown = follow.view();
        return shown && fits(shown) ? shown : undefined;
      }, what),
    leave: () => follow.leave(),
  };
}
