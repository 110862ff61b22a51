import { restoreSession } from '../archive/restore.ts';
import { part, sessionKey, sessionPrefix } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { FenceLost } from './turnWriter.ts';

export type LeaseTiming = { ttlMs: number; renewMs: number };
/** DESIGN section 4: 10 s, renewed well before. */
export const leaseTiming: LeaseTiming = { ttlMs: 10_000, renewMs: 3_000 };

export type Lease = {
  fence: number;
  /** Aborts once the lease is lost: every write would be refused from then on. */
  lost: AbortSignal;
  /** Before something outside is done that no fence guards. False where the lease is another's now. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
};

/** Takes the lease of a session's turn, or null where another worker holds it. A hibernated one is restored first. */
export async function takeLease(
  store: Store,
  sessionId: string,
  owner: string,
  timing: LeaseTiming = leaseTiming,
): Promise<Lease | null> {
  const prefix = sessionPrefix(sessionId);
  let fence = await store.dhTakeLease(prefix, owner, timing.ttlMs);
  for (; fence === -1; fence = await store.dhTakeLease(prefix, owner, timing.ttlMs))
    await restoreSession(store, sessionId);
  if (fence === 0) return null;
  const lost = new AbortController();
  let renewedAtMs = Date.now();
  const renew = async () => {
    const sentAtMs = Date.now();
    const held = await store.dhRenewLease(prefix, owner, timing.ttlMs);
    if (held === 1) renewedAtMs = sentAtMs;
    else lost.abort(new FenceLost('the lease was taken over'));
    return held === 1;
  };
  const timer = setInterval(() => {
    // A store that hangs must not leave us believing: past the time to live the lease is gone whatever it answers.
    if (Date.now() - renewedAtMs > timing.ttlMs) lost.abort(new FenceLost('the lease ran out'));
    renew().catch(() => {});
  }, timing.renewMs);
  timer.unref();
  return {
    fence,
    lost: lost.signal,
    renew,
    async release() {
      clearInterval(timer);
      if (!lost.signal.aborted) await store.dhRenewLease(prefix, owner, 0);
    },
  };
}

export async function leaseHeld(store: Store, sessionId: string): Promise<boolean> {
  return (await store.exists(sessionKey(sessionId, part.lease))) === 1;
}
