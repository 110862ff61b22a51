import {
  type Actor,
  type Author,
  type Extent,
  failure,
  type Grant,
  limits,
  type Result,
  type Role,
  startOf,
} from '@deckhand/shared';
import { answeredBefore, keepAnswer } from './answeredApproval.ts';
import { readField } from './archive/hotOrCold.ts';
import { given, giving, indexSpread, spreadGrant } from './grantRecords.ts';
import { mayAnswer } from './mayAnswer.ts';
import { PendingApproval } from './pendingApproval.ts';
import { answerPlan, type PlanAnswer } from './plans.ts';
import { commit, type EventDraft, type Op } from './store/commit.ts';
import { orgKeys, part, sessionKey } from './store/keys.ts';
import type { Store } from './store/store.ts';
import { checksOf } from './transitions.ts';

/** `expiresAt` and the text that older clients show are made of the rest. */
export type ApprovalRequest = Omit<PendingApproval, 'plan' | 'expiresAt'> & {
  expiresAtMs: number;
  actor: Actor;
};

/** Says that there is one that may expire before what everybody waits for. */
export const approvalsChannel = 'dh:approvals:asked';

/** What puts it before everybody, as part of a commit of its session; call `announce` before and after. */
export function asking({ actor, ...pending }: ApprovalRequest): { ops: Op[]; events: EventDraft[] } {
  const { approvalId, text, callId, turnId, expiresAtMs, kind, why, risk, who, extents } = pending;
  const what = pending.what && { ...pending.what, action: cutAction(pending.what.action) };
  const shown = { approvalId, text, callId, kind, what, why, risk, who, extents };
  const data = { ...shown, expiresAt: new Date(expiresAtMs).toISOString() };
  return {
    ops: [['HSET', part.approvals, approvalId, JSON.stringify({ ...pending, ...(what ? { what } : {}) })]],
    events: [{ type: 'approval.requested', actor, ...(turnId ? { turnId } : {}), data }],
  };
}

/** Indexed first: whatever dies afterwards, the sweep finds that it expired. */
export async function indexApproval(
  store: Store,
  sessionId: string,
  { approvalId, expiresAtMs }: Pick<ApprovalRequest, 'approvalId' | 'expiresAtMs'>,
): Promise<void> {
  await store.zadd(orgKeys.approvals, expiresAtMs, `${sessionId} ${approvalId}`);
}

/**
 * Asks for a yes or no, once per approvalId. What a yes does is `onYes`; whoever asks without one waits for
 * `approval.resolved` in the log.
 */
export async function askApproval(
  store: Store,
  sessionId: string,
  request: ApprovalRequest,
): Promise<Result> {
  const { approvalId } = request;
  if ((await store.hlen(sessionKey(sessionId, part.approvals))) >= limits.waitingApprovals)
    return failure('queue_full', `${limits.waitingApprovals} approvals wait in this session already.`);
  await indexApproval(store, sessionId, request);
  const done = await commit(store, sessionId, {
    checks: checksOf('approval.requested', { approval: [approvalId, false] }),
    ...asking(request),
  });
  await store.publish(approvalsChannel, approvalId);
  return done.ok ? { ok: true } : failure('request_conflict', `Approval ${approvalId} is asked for already.`);
}

export type ApprovalAnswer = {
  approvalId: string;
  approve: boolean;
  /** Of a plan or an action that somebody edited. */
  text?: string | undefined;
  /** How far a yes reaches; once, where it is not said. */
  extent?: Extent | undefined;
  by: Author;
  role: Role;
  actor: Actor;
  nowMs: number;
  readWorkflow?: PlanAnswer['readWorkflow'];
};

/**
 * The first answer counts and says whose it is; a late one is told so. `goesOn`: a turn waited for it, which somebody
 * should wake.
 */
export async function answerApproval(
  store: Store,
  sessionId: string,
  answer: ApprovalAnswer,
): Promise<Result<{ promptId?: string; goesOn?: boolean }>> {
  const { approvalId, approve, by, actor, nowMs, extent = 'once' } = answer;
  const text = await readField(store, sessionId, part.approvals, approvalId);
  // Told again to wake: the first time the process may have died before it did.
  if (!text) {
    const before = await answeredBefore(store, sessionId, answer);
    return before.ok ? { ...before, goesOn: true } : before;
  }
  const pending = PendingApproval.parse(JSON.parse(text));
  const permitted = mayAnswer(pending, answer);
  if (!permitted.ok) return permitted;
  if (pending.plan)
    return answerPlan(
      store,
      sessionId,
      { pending, stored: text, take: write => take(store, sessionId, { approvalId, text }, write) },
      answer,
    );
  const resolution = { text, pending };
  if (pending.expiresAtMs !== undefined && pending.expiresAtMs <= nowMs) {
    await resolve(store, sessionId, {
      ...resolution,
      actor: { kind: 'system' },
      approved: false,
      expired: true,
      nowMs,
    });
    return failure('not_found', 'This approval expired: nobody answered in time. Ask again if it is needed.');
  }
  const edited =
    approve && answer.text !== undefined && answer.text !== pending.what?.action
      ? { edited: answer.text }
      : {};
  const reach = approve ? { extent } : {};
  const done = await resolve(store, sessionId, {
    ...resolution,
    ...{ actor, approved: approve, by, nowMs },
    ...edited,
    ...reach,
  });
  if (done) return { ok: true, ...(pending.onYes && pending.onYes.kind !== 'grant' ? { goesOn: true } : {}) };
  return answeredBefore(store, sessionId, answer);
}

export type Resolution = {
  /** As it is stored: only what nobody resolved meanwhile is resolved. */
  text: string;
  pending: PendingApproval;
  actor: Actor;
  approved: boolean;
  by?: Author;
  extent?: Extent;
  /** The action as somebody changed it. */
  edited?: string | undefined;
  expired?: boolean;
  nowMs: number;
};

/** A repository's grant is where every session finds it at the latest so long after the yes. */
const spreadWithinMs = 60_000;

/** Takes it off what waits and does what a yes does, in one script. False where somebody was quicker. */
export async function resolve(store: Store, sessionId: string, resolution: Resolution): Promise<boolean> {
  const { text, pending, actor, approved, by, expired, extent, edited, nowMs } = resolution;
  const { approvalId, turnId, digest } = pending;
  const grants = approved && by ? grantsOf(pending, { by, atMs: nowMs, extent }) : [];
  const spread = grants.filter(grant => grant.for === 'repository');
  for (const { grantId } of spread) await indexSpread(store, sessionId, grantId, nowMs + spreadWithinMs);
  // Indexed first: whatever dies afterwards, the sweep finds that the turn goes on.
  if (pending.onYes?.kind === 'call') await store.sadd(orgKeys.open, sessionId);
  const writes = grants.map(grant => giving(grant, actor, turnId));
  const answered = { approved, ...by, text: edited, extent, digest };
  const changed = edited === undefined ? {} : { edited: true, action: cutAction(edited) };
  const done = await take(
    store,
    sessionId,
    { approvalId, text },
    {
      ops: [
        ['HDEL', part.approvals, approvalId],
        keepAnswer(approvalId, answered),
        ...(pending.onYes?.kind === 'call' ? [goOn] : []),
        ...(approved && pending.onYes?.kind === 'budget' ? pending.onYes.ops : []),
        ...writes.flatMap(({ ops }) => ops),
      ],
      events: [
        {
          type: 'approval.resolved',
          actor,
          ...(turnId ? { turnId } : {}),
          data: {
            approvalId,
            approved,
            ...(by ? { by } : {}),
            ...(expired ? { expired } : {}),
            ...(extent && extent !== 'once' ? { extent } : {}),
            ...changed,
          },
        },
        ...writes.flatMap(({ events }) => events),
      ],
    },
  );
  for (const { grantId } of spread) await spreadGrant(store, sessionId, grantId);
  await store.zrem(orgKeys.approvals, `${sessionId} ${approvalId}`);
  return done;
}

/** The turn that waited has work again: the sweep wakes it, if nobody does before. */
const goOn: Op = ['HDEL', part.run, 'parked'];

/** What a yes gives: a call's only where it reaches further than once. */
function grantsOf(
  { onYes }: PendingApproval,
  { extent = 'once', ...made }: { by: Author; atMs: number; extent: Extent | undefined },
): Grant[] {
  const reach = extent === 'once' ? {} : { reach: extent };
  if (onYes?.kind === 'grant') {
    const { grant, onceMs } = onYes;
    const isShort = onceMs !== undefined && extent === 'once';
    const ends = isShort ? { expiresAt: new Date(made.atMs + onceMs).toISOString() } : {};
    return [given({ ...grant, ...ends }, { ...made, ...reach })];
  }
  if (onYes?.kind !== 'call' || extent === 'once') return [];
  return onYes.grants.map(grant => given(grant, { ...made, ...reach }));
}

function cutAction(action: string): string {
  if (Buffer.byteLength(action) <= limits.approvalActionBytes) return action;
  const mark = `… [cut here: ${action.length} characters in all]`;
  // A character is at most three bytes a UTF-16 unit.
  return `${startOf(action, Math.floor(limits.approvalActionBytes / 3) - mark.length)}${mark}`;
}

/** Off what waits, once. False where somebody was quicker. */
async function take(
  store: Store,
  sessionId: string,
  { approvalId, text }: { approvalId: string; text: string },
  write: { ops: Op[]; events: EventDraft[] },
): Promise<boolean> {
  const checks = checksOf('approval.resolved', { approval: [approvalId, text] });
  return (await commit(store, sessionId, { checks, ...write })).ok;
}
