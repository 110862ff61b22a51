import { every } from '../../platform/every.ts';
import { commit } from '../store/commit.ts';
import { orgKeys } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { checksOf } from '../transitions.ts';
import { readLines } from './board.ts';

/** Whoever reads a board knows by the clock what counts no more: this only tidies up. */
const sweepEveryMs = 30_000;

/** Takes off what counts no more. */
export async function expireBoard(store: Store, nowMs: number): Promise<void> {
  for (const member of await store.zrangebyscore(orgKeys.boardExpiry, 0, nowMs, 'LIMIT', 0, 100)) {
    const [sessionId = '', entryId = ''] = member.split(' ');
    // A newer line on its key may have taken its place.
    if ((await readLines(store, sessionId)).some(({ id }) => id === entryId))
      await commit(store, sessionId, {
        checks: checksOf('board.noted'),
        ops: [],
        events: [{ type: 'board.expired', actor: { kind: 'system' }, data: { entryId } }],
      });
    await store.zrem(orgKeys.boardExpiry, member);
  }
}

/** Call what it returns to stop. */
export function startBoardExpiry(
  { store, clock }: { store: Store; clock: () => number },
  onError: (error: unknown) => void,
): () => void {
  const sweeping = every(sweepEveryMs, () => expireBoard(store, clock()), onError);
  return () => void sweeping.stop();
}
