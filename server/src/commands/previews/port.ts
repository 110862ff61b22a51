import type { Duplex } from 'node:stream';
import { lookEveryMs, type Sandboxes } from '../../sandboxes/sandboxes.ts';
import type { Meta } from '../../sessions/store/meta.ts';

/** `looked` says that somebody still looks, over a connection that stays open. `again`: in a moment it may be there. */
export type OpenPort = (
  sessionId: string,
  port: number,
  /** Who looks. */
  userId: string,
) => Promise<
  { ok: true; stream: Duplex; looked: () => void } | { ok: false; message: string; again: boolean }
>;

/**
 * A connection to a port of the sandbox that a session has now, on whichever server its turns run. A session that sleeps
 * is woken; looking on costs no turn and takes nothing from one. A sandbox that is looked at does not idle.
 */
export function openPortWith(deps: {
  sandboxes: Sandboxes;
  readMeta: (sessionId: string) => Promise<Meta | null>;
  wake: (meta: Meta, userId: string) => Promise<void>;
  /** How long one connection counts as somebody looking, at most: tabs are forgotten. */
  lookMs: number;
}): OpenPort {
  const { sandboxes } = deps;
  const lookFor = (sandboxId: string) => {
    const untilMs = Date.now() + deps.lookMs;
    let nextMs = 0;
    return () => {
      if (Date.now() < nextMs || Date.now() > untilMs) return;
      nextMs = Date.now() + lookEveryMs;
      void sandboxes.lookedAt(sandboxId).catch(() => {});
    };
  };
  return async (sessionId, port, userId) => {
    const record = await sandboxes.heldBy(sessionId);
    if (!record) {
      const meta = await deps.readMeta(sessionId);
      if (!meta?.disk || meta.state === 'archived')
        return no('This session has no sandbox now; its next prompt makes one.', false);
      void deps.wake(meta, userId).catch(() => {});
      return no('The session’s sandbox is asleep. It wakes; this looks again by itself.', true);
    }
    await sandboxes.lookedAt(record.sandboxId);
    const visit = await sandboxes.visit(record.sandboxId);
    // It may be on its way to sleep: its record goes last.
    if (!visit.ok) return no(`${visit.message} This looks again by itself.`, true);
    return { ok: true, stream: visit.hands.tcp(port), looked: lookFor(record.sandboxId) };
  };
}

const no = (message: string, again: boolean) => ({ ok: false as const, message, again });
