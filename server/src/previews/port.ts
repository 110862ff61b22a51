import type { Duplex } from 'node:stream';
import { failure, type Result } from '@deckhand/shared';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { Meta } from '../sessions/meta.ts';

export type OpenPort = (sessionId: string, port: number) => Promise<Result<{ stream: Duplex }>>;

/**
 * A connection to a port of the sandbox that a session has now. A session without one is woken; looking on costs no turn and
 * takes nothing from one.
 */
export function openPortWith(deps: {
  sandboxes: Sandboxes;
  readMeta: (sessionId: string) => Promise<Meta | null>;
  wake: (meta: Meta) => Promise<void>;
}): OpenPort {
  return async (sessionId, port) => {
    const meta = await deps.readMeta(sessionId);
    const record = await recordOf(deps.sandboxes, sessionId);
    if (!record) {
      if (meta) void deps.wake(meta).catch(() => {});
      return failure(
        'sandbox_lost',
        'The session’s sandbox is asleep. It wakes; this looks again by itself.',
      );
    }
    // Frozen processes answer nobody.
    if (record.pausedAtMs !== undefined) await deps.sandboxes.thaw(record);
    const open = deps.sandboxes.openBridge(record.sandboxId);
    if (open) return { ok: true, stream: open.tcp(port) };
    // A turn that gets its sandbox meanwhile must not find its bridge taken over.
    const bridge = await deps.sandboxes.oneAtATime(sessionId, () =>
      deps.sandboxes.bridge(record, record.fence ?? 0),
    );
    return bridge.ok ? { ok: true, stream: bridge.hands.tcp(port) } : bridge;
  };
}

async function recordOf(sandboxes: Sandboxes, sessionId: string) {
  const records = await sandboxes.deps.records.list();
  const own = records.filter(
    ({ claimId, owner }) => claimId === sessionId && owner !== 'build' && owner !== 'pool',
  );
  return own.find(({ owner }) => owner === 'session') ?? own[0] ?? null;
}
