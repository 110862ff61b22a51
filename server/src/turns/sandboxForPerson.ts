import type { Author, Result } from '@deckhand/shared';
import type { Delivery, OpenDelivery } from '../delivery/types.ts';
import type { SignatureOf } from '../identity/signatures.ts';
import type { Sources } from '../sandboxes/acquire/acquire.ts';
import { SessionSandbox } from '../sandboxes/acquire/sessionSandbox.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { wokeUp } from '../sessions/markAwake.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import { takeLease } from '../sessions/run/lease.ts';
import { FenceLost, TurnWriter } from '../sessions/run/turnWriter.ts';
import { branchOf, type Meta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';

/** What may be done with a session while it is held. */
export type Held = { writer: TurnWriter; delivery: Delivery; hands: Hands };

/**
 * Gets a session its sandbox outside of any turn. 'busy': a turn has the session, and gets it one itself. `signal`: they
 * do not wait for it any more. `work`: what is done with it meanwhile, under the session's lease.
 */
export type SandboxForPerson = (
  meta: Meta,
  by: Author,
  signal: AbortSignal,
  work?: (held: Held) => Promise<Result>,
) => Promise<Result | 'busy'>;

/** Meanwhile no prompt is begun: whoever waits for room longer than this waits without the session. */
const mostMs = 60_000;

export type SandboxForPersonDeps = {
  store: Store;
  sandboxes: Sources;
  delivery: OpenDelivery;
  signatureOf: SignatureOf;
  wake: Wake;
  /** Names this process in leases. */
  owner: string;
};

/**
 * As a turn gets it, under the session's lease and fence, and for no longer than that takes: what a person does in there
 * is the session's own work, kept as its disk, and committed with its next turn. A server that dies in it leaves what a
 * turn would leave.
 */
export function sandboxForPeople(deps: SandboxForPersonDeps): SandboxForPerson {
  const { store, sandboxes } = deps;
  return async (meta, by, signal, work) => {
    const sessionId = meta.id;
    const lease = await takeLease(store, sessionId, `${deps.owner}:${crypto.randomUUID()}`);
    if (!lease) return 'busy';
    try {
      const writer = new TurnWriter(store, sessionId, lease.fence);
      // A turn that was left is its worker's, who comes to this session next.
      if ((await writer.run()).turn && meta.state === 'running') return 'busy';
      const hold = {
        abandon: lease.lost,
        interrupt: lease.lost,
        renew: async () => void (await lease.renew()),
      };
      const mayPush = async () => ({ ok: false as const, why: 'Nobody pushes here.' });
      const delivery = deps.delivery(writer, { turnId: '', hold, mayPush });
      const repoId = meta.repo ?? '';
      const sandbox = new SessionSandbox(sandboxes, writer, {
        repoId,
        orgId: meta.orgId,
        branch: branchOf(meta).name,
        author: await deps.signatureOf(by),
        signal: AbortSignal.any([lease.lost, signal, AbortSignal.timeout(mostMs)]),
        restore: sha => delivery.restore({ sessionId, repoId, sha }),
      });
      const opened = await sandbox.hands();
      if (!opened.ok) return opened;
      await wokeUp(store, sessionId, lease.fence);
      return work ? await work({ writer, delivery, hands: opened.hands }) : { ok: true };
    } catch (error) {
      if (error instanceof FenceLost) return 'busy';
      throw error;
    } finally {
      await lease.release().catch(() => {});
      // A prompt that came meanwhile found the lease held.
      await deps.wake(sessionId);
    }
  };
}
