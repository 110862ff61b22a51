import { z } from 'zod';

/** A viewer reads, a member prompts as well, an admin also keeps secrets, people and clean builds. */
export const Role = z.enum(['viewer', 'member', 'admin']);
export type Role = z.infer<typeof Role>;

/** Somebody who signed in with GitHub. */
export const UserInfo = z.object({
  userId: z.string(),
  name: z.string(),
  login: z.string(),
  role: Role,
  createdAt: z.iso.datetime(),
  seenAt: z.iso.datetime(),
});
export type UserInfo = z.infer<typeof UserInfo>;

/** Only a token with the `act` scope may say for whom it acts. */
export const OnBehalfOf = z.object({
  provider: z.string().min(1).max(40),
  id: z.string().min(1).max(200),
  name: z.string().min(1).max(200),
});
export type OnBehalfOf = z.infer<typeof OnBehalfOf>;

/** The same where a query string may carry it: as JSON. */
export const OnBehalfOfRead = z.union([OnBehalfOf, z.string().max(2_000).transform(parsed).pipe(OnBehalfOf)]);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
