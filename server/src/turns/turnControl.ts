import type { Lease } from '../sessions/run/lease.ts';
import { readRunIds } from '../sessions/run/runState.ts';
import { controlChannel } from '../sessions/store/keys.ts';
import type { Store } from '../sessions/store/store.ts';

/** Why a turn's work is cut short. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  readonly kind: 'stopped' | 'deadline';
  constructor(kind: 'stopped' | 'deadline') {
    super(kind);
    this.kind = kind;
  }
}

/** Who hears of stops on this node: one subscriber connection for all turns. */
export class StopListener {
  #subscriber: Store;
  #handlers = new Map<string, (turnId: string) => void>();

  constructor(subscriber: Store) {
    this.#subscriber = subscriber;
    subscriber.on('message', (channel: string, turnId: string) => this.#handlers.get(channel)?.(turnId));
  }

  async listen(sessionId: string, onStop: (turnId: string) => void): Promise<() => void> {
    const channel = controlChannel(sessionId);
    this.#handlers.set(channel, onStop);
    await this.#subscriber.subscribe(channel);
    return () => {
      this.#handlers.delete(channel);
      void this.#subscriber.unsubscribe(channel).catch(() => {});
    };
  }
}

export type TurnControl = {
  /** Aborts with Interrupted when somebody stops the turn or its deadline passes: tools are killed. */
  interrupt: AbortSignal;
  /** Aborts when this worker must let go: the lease is lost or the server closes. Tools go on in the sandbox. */
  abandon: AbortSignal;
  close(): void;
};

/** A publication may be lost with its connection; the stored wish is looked at this often. */
const lookEveryMs = 500;

export async function controlTurn(
  deps: { store: Store; stops: StopListener; closing: AbortSignal },
  lease: Lease,
  turn: { sessionId: string; turnId: string; deadlineAtMs: number },
): Promise<TurnControl> {
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(new Interrupted('stopped'));
  const unlisten = await deps.stops.listen(turn.sessionId, turnId => {
    if (turnId === turn.turnId) stop();
  });
  const look = async () => {
    if (Date.now() >= turn.deadlineAtMs) interrupt.abort(new Interrupted('deadline'));
    const run = await readRunIds(deps.store, turn.sessionId).catch(() => null);
    if (run?.stop === turn.turnId) stop();
  };
  // Not awaited: the first look goes along with the turn's first steps.
  void look();
  const timer = setInterval(() => void look(), lookEveryMs);
  return {
    interrupt: interrupt.signal,
    abandon: AbortSignal.any([lease.lost, deps.closing]),
    close() {
      clearInterval(timer);
      unlisten();
    },
  };
}

/** Rejects as soon as the signal aborts, whatever the promise does meanwhile. */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    // Nobody waits for it any more, and what it comes to is nobody's.
    promise.catch(() => {});
    // As a promise: callers that catch what an abort rejects with must catch this one too.
    return Promise.reject(signal.reason);
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}
