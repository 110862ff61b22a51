import { type Author, Extent, failure, type Result } from '@deckhand/shared';
import { z } from 'zod';
import { readField } from './archive/hotOrCold.ts';
import type { Op } from './store/commit.ts';
import { part } from './store/keys.ts';
import type { Store } from './store/store.ts';

/** How an approval was answered: whoever sends the same answer again is told the same, and a parked call goes by it. */
export const Answered = z.object({
  approved: z.boolean(),
  /** Who answered; nobody did in time where absent. */
  userId: z.string().optional(),
  name: z.string().optional(),
  /** It was a plan. */
  plan: z.boolean().optional(),
  promptId: z.string().optional(),
  /** The action as it was approved, where somebody changed it. */
  text: z.string().optional(),
  extent: Extent.optional(),
  /** Of what it was asked for; it is a yes to nothing else. */
  digest: z.string().optional(),
});
export type Answered = z.infer<typeof Answered>;

const field = (approvalId: string) => `approval|${approvalId}`;

export const keepAnswer = (approvalId: string, answered: Answered): Op => [
  'HSET',
  part.requests,
  field(approvalId),
  JSON.stringify(answered),
];

export const forgetAnswer = (approvalId: string): Op => ['HDEL', part.requests, field(approvalId)];

export async function readAnswer(
  store: Store,
  sessionId: string,
  approvalId: string,
): Promise<Answered | null> {
  const text = await readField(store, sessionId, part.requests, field(approvalId));
  return text ? Answered.parse(JSON.parse(text)) : null;
}

export const notOpen = (approvalId: string) =>
  failure(
    'not_found',
    `Approval ${approvalId} does not wait in this session: it was answered or has expired.`,
  );

/** The same answer of the same person again is no new one; anybody else is told whose it was. */
export async function answeredBefore(
  store: Store,
  sessionId: string,
  { approvalId, approve, by }: { approvalId: string; approve: boolean; by: Author },
): Promise<Result<{ promptId?: string }>> {
  const answered = await readAnswer(store, sessionId, approvalId);
  if (!answered) return notOpen(approvalId);
  const { userId, name, approved, promptId, plan } = answered;
  if (name === undefined)
    return failure('not_found', 'This approval expired: nobody answered in time. Ask again if it is needed.');
  if (userId === by.userId && approved === approve) return { ok: true, ...(promptId ? { promptId } : {}) };
  return failure(
    'not_found',
    `${name} ${approved ? 'approved' : 'refused'} this${plan ? ' plan' : ''} already.`,
  );
}
