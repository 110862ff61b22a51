import { systemActor } from './run/turnWriter.ts';
import { commit } from './store/commit.ts';
import { part } from './store/keys.ts';
import { readMeta } from './store/meta.ts';
import type { Store } from './store/store.ts';
import { checksOf, nextState } from './transitions.ts';

/** A session that slept has a sandbox again, and nothing runs in its name: somebody uses it by hand. */
export async function wokeUp(store: Store, sessionId: string, fence: number): Promise<void> {
  const meta = await readMeta(store, sessionId);
  const state = meta && nextState(meta.state, { kind: 'woke.up' });
  if (!state || state === meta.state) return;
  await commit(store, sessionId, {
    checks: checksOf('woke.up', { fence, state: meta.state }),
    ops: [['HSET', part.meta, 'state', state]],
    events: [{ type: 'session.state', actor: systemActor, data: { state } }],
  });
}
