import { restoreSession } from '../sessions/archive/restore.ts';
import { commit } from '../sessions/store/commit.ts';
import { part, sessionKey } from '../sessions/store/keys.ts';
import { Branch } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';

/**
 * Notes what somebody else pushed to a session's branch (null: they deleted it), for the next turn to take in. What we
 * pushed ourselves is no news.
 */
export async function noteTheirPush(
  store: Store,
  push: { sessionId: string; branch: string; sha: string | null },
): Promise<void> {
  const { sessionId, sha } = push;
  for (;;) {
    await restoreSession(store, sessionId);
    const kept = await store.hget(sessionKey(sessionId, part.meta), 'branchState');
    const branch = kept ? Branch.parse(JSON.parse(kept)) : null;
    if (!kept || branch?.name !== push.branch || branch.pushedSha === sha || branch.theirSha === sha) return;
    const { theirSha: _, pushedSha: __, ...rest } = branch;
    const next = sha === null ? rest : { ...branch, theirSha: sha };
    const done = await commit(store, sessionId, {
      checks: [['field', part.meta, 'branchState', kept]],
      ops: [['HSET', part.meta, 'branchState', JSON.stringify(next)]],
    });
    if (done.ok) return;
  }
}
