import type { TerminalState } from '@deckhand/shared';
import { isTurnDisk } from '../../sessions/run/turnRecords.ts';
import type { ReachDeps } from './reach.ts';

/** What became of the sandbox that a terminal was in; null where it is still the session's own and runs. */
export async function whyGone(
  { sandboxes, readMeta }: ReachDeps,
  sessionId: string,
  sandboxId: string,
): Promise<{ state: TerminalState; detail: string } | null> {
  const [meta, record] = await Promise.all([readMeta(sessionId), sandboxes.records.get(sandboxId)]);
  if (!meta || meta.state === 'archived')
    return { state: 'failed', detail: 'The session is archived: its sandbox is gone.' };
  if (meta.sandboxId !== sandboxId) {
    if (isTurnDisk(meta.disk ?? ''))
      return {
        state: 'lost',
        detail: 'The session went back to an earlier turn. Press a key to open a terminal there.',
      };
    if (meta.disk && !meta.sandboxId) return asleep;
    return { state: 'lost', detail: lost };
  }
  if (!record) return { state: 'lost', detail: lost };
  if (record.pausedAtMs !== undefined) return asleep;
  const engine = await sandboxes.engine();
  if (!engine.ok) return { state: 'failed', detail: engine.message };
  const state = await engine.driver.inspect(sandboxId);
  if (state === 'engine_down')
    return { state: 'failed', detail: 'The engine does not answer. Press a key to try again.' };
  return state === 'running' ? null : { state: 'lost', detail: lost };
}

const asleep = {
  state: 'asleep' as const,
  detail: 'The sandbox sleeps; press a key to wake it. What ran in the terminal does not come back.',
};
const lost =
  'The sandbox is gone, and what ran in it. Press a key to open another; it gets the work of the last turn.';
