import { Author, approvalFields } from '@deckhand/shared';
import { z } from 'zod';
import { GrantDraft } from './grantRecords.ts';
import type { Op } from './store/commit.ts';

/** A command on one of the session's own keys, as a commit takes it. */
const StoredOp = z
  .tuple([z.string(), z.string()], z.union([z.string(), z.number()]))
  .transform(op => op as unknown as Op);

/**
 * What a yes does besides being said, written in the script that takes the approval off what waits. `call`: the turn
 * that is parked goes on; the grants are given where the yes reaches further than once. `grant`: it is given, for as many
 * as the yes says. `budget`: these commands on the session's own keys are run.
 */
export const OnYes = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), grants: z.array(GrantDraft) }),
  /** `onceMs`: how long a yes counts that is for once. */
  z.object({ kind: z.literal('grant'), grant: GrantDraft, onceMs: z.number().optional() }),
  z.object({ kind: z.literal('budget'), ops: z.array(StoredOp) }),
]);
export type OnYes = z.infer<typeof OnYes>;

/** What waits for somebody's yes or no. */
export const PendingApproval = z.object({
  approvalId: z.string(),
  text: z.string(),
  ...approvalFields,
  turnId: z.string().optional(),
  /** A plan waits for as long as it takes. */
  expiresAtMs: z.number().optional(),
  /** Of the turn that asks. */
  author: Author.optional(),
  /** Who else prompted that turn: nobody of them is another than the prompter. */
  beside: z.array(Author).optional(),
  /** Of the tool and its exact arguments: a yes is for nothing else. */
  digest: z.string().optional(),
  onYes: OnYes.optional(),
});
export type PendingApproval = z.infer<typeof PendingApproval>;
