import { every } from '../platform/every.ts';
import { approvalsChannel, resolve } from './approvals.ts';
import { readField } from './archive/hotOrCold.ts';
import { spreadGrant } from './grantRecords.ts';
import { PendingApproval } from './pendingApproval.ts';
import type { Wake } from './queue/wake.ts';
import { systemActor } from './run/turnWriter.ts';
import { orgKeys, part } from './store/keys.ts';
import type { Store } from './store/store.ts';

/**
 * Resolves as refused what nobody answered in time, and carries out what a yes began. Answers the sessions in which a
 * turn may go on.
 */
export async function expireApprovals(store: Store, nowMs: number): Promise<string[]> {
  const goOn: string[] = [];
  for (const member of await store.zrangebyscore(orgKeys.approvals, 0, nowMs, 'LIMIT', 0, 100)) {
    const [sessionId = '', id = ''] = member.split(' ');
    if (id.startsWith('grt_')) {
      await spreadGrant(store, sessionId, id);
      continue;
    }
    const text = await readField(store, sessionId, part.approvals, id);
    if (text) {
      const pending = PendingApproval.parse(JSON.parse(text));
      const expired = { text, pending, actor: systemActor, approved: false, expired: true, nowMs };
      await resolve(store, sessionId, expired);
      if (pending.onYes?.kind === 'call') goOn.push(sessionId);
    }
    await store.zrem(orgKeys.approvals, member);
  }
  return goOn;
}

/** A word that was lost, of an approval that somebody else asked for, is made up for after so long. */
const lookAgainMs = 60_000;

type ExpiryDeps = { store: Store; subscriber: Store; clock: () => number; wake: Wake };

/** Wakes when the next approval expires; call what it returns to stop. `subscriber`: a connection of its own. */
export function startExpiry(
  { store, subscriber, clock, wake }: ExpiryDeps,
  onError: (error: unknown) => void,
): () => void {
  let next: NodeJS.Timeout | undefined;
  const look = async () => {
    for (const sessionId of await expireApprovals(store, clock())) await wake(sessionId);
    const [, earliestMs] = await store.zrange(orgKeys.approvals, '0', '0', 'WITHSCORES');
    clearTimeout(next);
    if (earliestMs === undefined) return;
    const inMs = Math.min(lookAgainMs, Math.max(1, Number(earliestMs) - clock()));
    next = setTimeout(() => void looking.now(), inMs).unref();
  };
  const looking = every(lookAgainMs, look, onError);
  subscriber.on('message', () => void looking.now());
  subscriber.subscribe(approvalsChannel).then(() => looking.now(), onError);
  return () => {
    clearTimeout(next);
    void looking.stop();
  };
}
