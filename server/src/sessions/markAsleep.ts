import { systemActor } from './run/turnWriter.ts';
import { commit } from './store/commit.ts';
import { part } from './store/keys.ts';
import type { Meta } from './store/meta.ts';
import type { Store } from './store/store.ts';
import { checksOf, nextState } from './transitions.ts';

/**
 * Puts an idle session's sandbox to sleep: from here on the session has none, and the next turn starts one from
 * `disk`. False where something happened meanwhile. The caller keeps the disk and removes the sandbox.
 */
export async function fallAsleep(
  store: Store,
  meta: Meta,
  { disk, leftRunning }: { disk: string; leftRunning: string[] },
): Promise<boolean> {
  const state = nextState(meta.state, { kind: 'fell.asleep' });
  if (!state) return false;
  const done = await commit(store, meta.id, {
    checks: checksOf('fell.asleep', meta),
    ops: [
      ['HDEL', part.meta, 'sandboxId'],
      ['HSET', part.meta, 'state', state, 'disk', disk, 'leftRunning', JSON.stringify(leftRunning)],
    ],
    events: [
      { type: 'sandbox.state', actor: systemActor, data: { state: 'asleep' } },
      ...(state === meta.state
        ? []
        : [{ type: 'session.state' as const, actor: systemActor, data: { state } }]),
    ],
  });
  return done.ok;
}
