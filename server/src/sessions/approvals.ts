import { type Actor, type Author, failure, type Result } from '@deckhand/shared';
import { z } from 'zod';
import { every } from '../platform/every.ts';
import { systemActor } from './run/turnWriter.ts';
import { commit } from './store/commit.ts';
import { orgKeys, part, sessionKey } from './store/keys.ts';
import type { Store } from './store/store.ts';
import { checksOf } from './transitions.ts';

/** What waits for somebody's yes or no. */
const PendingApproval = z.object({
  approvalId: z.string(),
  text: z.string(),
  callId: z.string().optional(),
  turnId: z.string().optional(),
  expiresAtMs: z.number(),
});
type PendingApproval = z.infer<typeof PendingApproval>;

export type ApprovalRequest = PendingApproval & { actor: Actor };

/** Says that there is one that may expire before what everybody waits for. */
const approvalsChannel = 'dh:approvals:asked';

/** Asks for a yes or no, once per approvalId. Whoever asks waits for `approval.resolved` in the log. */
export async function requestApproval(
  store: Store,
  sessionId: string,
  { actor, ...pending }: ApprovalRequest,
): Promise<Result> {
  const { approvalId, text, callId, turnId, expiresAtMs } = pending;
  // Indexed first: whatever dies afterwards, the sweep finds that it expired.
  await store.zadd(orgKeys.approvals, expiresAtMs, `${sessionId} ${approvalId}`);
  const data = { approvalId, text, expiresAt: new Date(expiresAtMs).toISOString() };
  const done = await commit(store, sessionId, {
    checks: checksOf('approval.requested', { approval: [approvalId, false] }),
    ops: [['HSET', part.approvals, approvalId, JSON.stringify(pending)]],
    events: [
      {
        type: 'approval.requested',
        actor,
        ...(turnId ? { turnId } : {}),
        data: { ...data, ...(callId ? { callId } : {}) },
      },
    ],
  });
  await store.publish(approvalsChannel, approvalId);
  return done.ok ? { ok: true } : failure('request_conflict', `Approval ${approvalId} is asked for already.`);
}

/** The first answer counts and says whose it is; a late one is told so. */
export async function answerApproval(
  store: Store,
  sessionId: string,
  answer: { approvalId: string; approve: boolean; by: Author; actor: Actor; nowMs: number },
): Promise<Result> {
  const { approvalId, approve, by, actor, nowMs } = answer;
  const text = await store.hget(sessionKey(sessionId, part.approvals), approvalId);
  if (!text) return notOpen(approvalId);
  const pending = PendingApproval.parse(JSON.parse(text));
  if (pending.expiresAtMs <= nowMs) {
    await resolve(store, sessionId, { text, pending, actor: systemActor, approved: false, expired: true });
    return failure('not_found', 'This approval expired: nobody answered in time. Ask again if it is needed.');
  }
  const done = await resolve(store, sessionId, { text, pending, actor, approved: approve, by });
  return done ? { ok: true } : notOpen(approvalId);
}

/** Resolves as refused what nobody answered in time. */
export async function expireApprovals(store: Store, nowMs: number): Promise<void> {
  for (const member of await store.zrangebyscore(orgKeys.approvals, 0, nowMs, 'LIMIT', 0, 100)) {
    const [sessionId = '', approvalId = ''] = member.split(' ');
    const text = await store.hget(sessionKey(sessionId, part.approvals), approvalId);
    if (text) {
      const pending = PendingApproval.parse(JSON.parse(text));
      await resolve(store, sessionId, { text, pending, actor: systemActor, approved: false, expired: true });
    }
    await store.zrem(orgKeys.approvals, member);
  }
}

/** A word that was lost, of an approval that somebody else asked for, is made up for after so long. */
const lookAgainMs = 60_000;

/** Wakes when the next approval expires; call what it returns to stop. `subscriber`: a connection of its own. */
export function startExpiry(
  { store, subscriber, clock }: { store: Store; subscriber: Store; clock: () => number },
  onError: (error: unknown) => void,
): () => void {
  let next: NodeJS.Timeout | undefined;
  const look = async () => {
    await expireApprovals(store, clock());
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

type Resolution = {
  /** As it is stored: only what nobody resolved meanwhile is resolved. */
  text: string;
  pending: PendingApproval;
  actor: Actor;
  approved: boolean;
  by?: Author;
  expired?: boolean;
};

async function resolve(store: Store, sessionId: string, resolution: Resolution): Promise<boolean> {
  const { text, pending, actor, approved, by, expired } = resolution;
  const { approvalId, turnId } = pending;
  const done = await commit(store, sessionId, {
    checks: checksOf('approval.resolved', { approval: [approvalId, text] }),
    ops: [['HDEL', part.approvals, approvalId]],
    events: [
      {
        type: 'approval.resolved',
        actor,
        ...(turnId ? { turnId } : {}),
        data: { approvalId, approved, ...(by ? { by } : {}), ...(expired ? { expired } : {}) },
      },
    ],
  });
  await store.zrem(orgKeys.approvals, `${sessionId} ${approvalId}`);
  return done.ok;
}

const notOpen = (approvalId: string) =>
  failure(
    'not_found',
    `Approval ${approvalId} does not wait in this session: it was answered or has expired.`,
  );
