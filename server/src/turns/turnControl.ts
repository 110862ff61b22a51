import { orAbort } from '../platform/orAbort.ts';
import type { Lease } from '../sessions/run/lease.ts';
import { readRunIds } from '../sessions/run/runState.ts';
import { ordersNews } from '../sessions/run/taskOrders.ts';
import { FenceLost } from '../sessions/run/turnWriter.ts';
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
  /** Whether people want something of its tasks, when it begins to listen, whenever somebody says so, and now and then. */
  onOrders(look: () => void): void;
  /** Rejects with FenceLost where the lease is another worker's now. */
  renew(): Promise<void>;
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
  let orders: (() => void) | null = null;
  const stop = () => interrupt.abort(new Interrupted('stopped'));
  const unlisten = await deps.stops.listen(turn.sessionId, turnId => {
    if (turnId === turn.turnId) stop();
    if (turnId === ordersNews) orders?.();
  });
  // A clock that is moved moves no deadline.
  const deadlineMs = performance.now() + turn.deadlineAtMs - Date.now();
  const look = async () => {
    if (performance.now() >= deadlineMs) interrupt.abort(new Interrupted('deadline'));
    const run = await readRunIds(deps.store, turn.sessionId).catch(() => null);
    if (run?.stop === turn.turnId) stop();
    orders?.();
  };
  // Not awaited: the first look goes along with the turn's first steps.
  void look();
  // Looks may overlap: one that waits for a store that hangs must not hold up the deadline.
  const timer = setInterval(() => void look(), lookEveryMs);
  const abandon = AbortSignal.any([lease.lost, deps.closing]);
  return {
    interrupt: interrupt.signal,
    abandon,
    onOrders(look) {
      orders = look;
      look();
    },
    async renew() {
      if (!(await orAbort(lease.renew(), abandon))) throw new FenceLost('the lease was taken over');
    },
    close() {
      clearInterval(timer);
      unlisten();
    },
  };
}
