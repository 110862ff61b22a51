import { z } from 'zod';
import { MayAnswer } from './approvals.ts';
import { idOf } from './ids.ts';
import { limits } from './limits.ts';
import { Scope } from './permissions.ts';
import { Author } from './session.ts';

/** For whose turns it counts: one person's, everybody's in the session, or every session's on the repository. */
export const GrantFor = z.union([
  z.object({ userId: z.string() }),
  z.literal('session'),
  z.literal('repository'),
]);
export type GrantFor = z.infer<typeof GrantFor>;

/** A permission that somebody gave while work was under way. */
export const Grant = z.object({
  grantId: idOf('grant'),
  scope: Scope,
  /** A host, the name of a secret, a pattern of commands or paths. */
  value: z.string().min(1).max(limits.grantValueChars),
  by: Author,
  at: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional(),
  for: GrantFor,
  /** Who might have given it: where a policy asks for somebody stricter, it does not count. */
  who: MayAnswer.optional(),
  reason: z.string().max(limits.approvalWhyChars),
});
export type Grant = z.infer<typeof Grant>;
