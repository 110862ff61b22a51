import { z } from 'zod';
import { limits } from './limits.ts';
import { Risk } from './permissions.ts';
import { WorkflowGraph } from './workflow.ts';

/** What a yes does: a call goes on, a grant is given, a budget is raised. */
export const ApprovalKind = z.enum(['call', 'grant', 'budget']);
export type ApprovalKind = z.infer<typeof ApprovalKind>;

/**
 * Who may say yes. `author`: of the turn that asks, or an admin; `other`: nobody who prompted it; `otherAdmin`: an admin
 * who did not prompt it.
 */
export const MayAnswer = z.enum(['anyone', 'author', 'other', 'admin', 'otherAdmin']);
export type MayAnswer = z.infer<typeof MayAnswer>;

/** How far a yes reaches; `session` and `repository` give a grant, the latter by an admin alone. */
export const Extent = z.enum(['once', 'session', 'repository']);
export type Extent = z.infer<typeof Extent>;

/** What exactly is asked for. */
export const ApprovalWhat = z.object({
  tool: z.string().optional(),
  /** The exact command, path or host; a longer one is cut, and says so. */
  action: z.string().max(limits.approvalActionBytes),
  /** Whoever approves it may change the action; it then runs as changed. */
  edits: z.boolean().optional(),
});
export type ApprovalWhat = z.infer<typeof ApprovalWhat>;

/** What an approval says besides its text; a client that does not know it shows the text. */
export const approvalFields = {
  callId: z.string().optional(),
  expiresAt: z.iso.datetime().optional(),
  /** The text is a plan; approved, it runs as a prompt. */
  plan: z.boolean().optional(),
  /** The plan is this graph; its text says the same, to be read and edited. */
  workflow: WorkflowGraph.optional(),
  kind: ApprovalKind.optional(),
  what: ApprovalWhat.optional(),
  /** Which rule of which layer asks. */
  why: z.string().max(limits.approvalWhyChars).optional(),
  risk: Risk.optional(),
  who: MayAnswer.optional(),
  extents: z.array(Extent).optional(),
};

/** An approval that waits, as clients show it. */
export const WaitingApproval = z.object({ approvalId: z.string(), text: z.string(), ...approvalFields });
export type WaitingApproval = z.infer<typeof WaitingApproval>;
