import type { Actor, Author, Head, Result, WorkflowGraph } from '@deckhand/shared';
import { answeredBefore, forgetAnswer, keepAnswer } from './answeredApproval.ts';
import { readAfter } from './log/log.ts';
import { PendingApproval } from './pendingApproval.ts';
import { appendPrompt } from './queue/inbox.ts';
import type { TurnRecord } from './run/turnRecords.ts';
import type { EventDraft, Op } from './store/commit.ts';
import { part, sessionKey } from './store/keys.ts';
import type { Run } from './store/meta.ts';
import type { Store } from './store/store.ts';
import { checksOf } from './transitions.ts';

/** A plan that waits for somebody: an approval whose text runs as a prompt once it is given. */
export type OpenPlan = { approvalId: string; text: string; workflow?: WorkflowGraph | undefined };
type Write = { ops: Op[]; events: EventDraft[] };

const open = ({ approvalId, text, workflow }: OpenPlan, turnId?: string): Write => {
  const asked = { approvalId, text, plan: true, ...(workflow ? { workflow } : {}) };
  const pending: PendingApproval = { ...asked, ...(turnId ? { turnId } : {}) };
  const actor: Actor = { kind: 'agent' };
  return {
    ops: [
      ['HSET', part.approvals, approvalId, JSON.stringify(pending)],
      ['HSET', part.meta, 'plan', approvalId],
      forgetAnswer(approvalId),
    ],
    events: [{ type: 'approval.requested', actor, data: asked }],
  };
};

/** No plan waits any more: lists know it without looking at approvals. */
const noPlan: Op = ['HDEL', part.meta, 'plan'];

const close = (approvalId: string): Write => ({
  ops: [['HDEL', part.approvals, approvalId]],
  events: [
    {
      type: 'approval.resolved',
      actor: { kind: 'system' },
      data: { approvalId, approved: false, replaced: true },
    },
  ],
});

const together = (writes: readonly Write[]): Write => ({
  ops: writes.flatMap(({ ops }) => ops),
  events: writes.flatMap(({ events }) => events),
});

/**
 * What comes behind the end of a turn that was to make a plan: that is asked for, and the one before it is not any more.
 * The request is the first event, which `planOf` relies on.
 */
export async function proposal(
  store: Store,
  sessionId: string,
  { turnId, plan, proposed }: Run,
): Promise<Write> {
  const text = proposed?.text ?? plan;
  if (text === undefined) return together([]);
  const before = await openPlans(store, sessionId);
  const own = { approvalId: `plan-${turnId}`, text, workflow: proposed?.graph };
  return together([open(own, turnId), ...before.map(close)]);
}

async function openPlans(store: Store, sessionId: string): Promise<string[]> {
  const pending = await store.hvals(sessionKey(sessionId, part.approvals));
  return pending
    .map(text => PendingApproval.parse(JSON.parse(text)))
    .flatMap(({ approvalId, plan }) => (plan ? approvalId : []));
}

/** Plans that waited when a session stood at the end of that turn: its own is asked for right behind it. */
export async function plansAt(
  store: Store,
  sessionId: string,
  { turn, head }: { turn: TurnRecord; head: Head },
): Promise<OpenPlan[]> {
  const { events } = await readAfter(store, sessionId, { after: turn.seq + 1, limit: 1 });
  const [next] = events;
  const own = next?.type === 'approval.requested' ? (next.data as OpenPlan & { plan?: boolean }) : null;
  const earlier = head.approvals.filter(({ plan }) => plan);
  if (!own?.plan) return earlier;
  return [{ approvalId: own.approvalId, text: own.text, workflow: own.workflow }];
}

/** A session that goes on from elsewhere waits for what waited there: some are asked for anew, others no more. */
export function standAtPlans(now: Pick<Head, 'approvals'>, then: readonly OpenPlan[]): Write {
  const waiting = now.approvals.filter(({ plan }) => plan);
  const has = (plans: readonly { approvalId: string }[], id: string) =>
    plans.some(({ approvalId }) => approvalId === id);
  return together([
    { ops: then.length === 0 ? [noPlan] : [], events: [] },
    ...waiting.filter(({ approvalId }) => !has(then, approvalId)).map(({ approvalId }) => close(approvalId)),
    ...then.filter(({ approvalId }) => !has(waiting, approvalId)).map(plan => open(plan)),
  ]);
}

/** For a fork, whose copied log has asked for them: they can be answered in it, too. */
export const keepPlans = (plans: readonly OpenPlan[]): Op[] => plans.flatMap(plan => open(plan).ops);

export type PlanAnswer = {
  approve: boolean;
  text?: string | undefined;
  by: Author;
  actor: Actor;
  /** Of a plan that is a graph: as it is to run, and as people read that. */
  readWorkflow?:
    | ((proposed: WorkflowGraph) => Promise<Result<{ graph: WorkflowGraph; text: string }>>)
    | undefined;
};

export type WaitingPlan = {
  pending: PendingApproval;
  /** As it is kept. */
  stored: string;
  /** Writes, where it still waits. */
  take: (write: Write) => Promise<boolean>;
};

const planPrompt = (text: string) => `The plan is approved. Carry it out:\n\n${text}`;
const workflowPrompt = (text: string) => `The workflow is approved. Deckhand runs it:\n\n${text}`;

/**
 * Somebody's yes or no to a plan. A yes puts it into the queue as a prompt of theirs, in the script that takes it off
 * what waits: however many say yes at once, it runs once.
 */
export async function answerPlan(
  store: Store,
  sessionId: string,
  { pending, stored, take }: WaitingPlan,
  { approve, text: given = pending.text, by, actor, readWorkflow }: PlanAnswer,
): Promise<Result<{ promptId?: string }>> {
  const { approvalId, turnId } = pending;
  if (approve && pending.workflow && !readWorkflow) throw new Error('nobody reads this workflow');
  const read = approve && pending.workflow ? await readWorkflow?.(pending.workflow) : undefined;
  if (read && !read.ok) return read;
  const text = read?.text ?? given;
  const edited = text !== pending.text;
  const resolved = (promptId?: string): Write => ({
    ops: [
      ['HDEL', part.approvals, approvalId],
      noPlan,
      keepAnswer(approvalId, { ...by, approved: approve, plan: true, ...(promptId ? { promptId } : {}) }),
    ],
    events: [
      {
        type: 'approval.resolved',
        actor,
        ...(turnId ? { turnId } : {}),
        data: {
          approvalId,
          approved: approve,
          by,
          ...(promptId ? { promptId } : {}),
          ...(approve && edited ? { edited } : {}),
        },
      },
    ],
  });
  if (!approve) {
    const done = await take(resolved());
    return done ? { ok: true } : answeredBefore(store, sessionId, { approvalId, approve, by });
  }
  const queued = await appendPrompt(
    store,
    sessionId,
    {
      ...{ requestId: crypto.randomUUID(), attachments: [], author: by, actor },
      ...(read ? { text: workflowPrompt(text), workflow: read.graph } : { text: planPrompt(text) }),
    },
    {
      checks: checksOf('approval.resolved', { approval: [approvalId, stored] }),
      of: ({ promptId }) => resolved(promptId),
    },
  );
  if (queued === 'lost') return answeredBefore(store, sessionId, { approvalId, approve, by });
  return queued.ok ? { ok: true, promptId: queued.promptId } : queued;
}
