import { z } from 'zod';

/** `missing`: something that is needed does not work without it. `advised`: it works, but less well. */
export const CheckLine = z.object({
  name: z.string(),
  state: z.enum(['ok', 'advised', 'missing']),
  /** What was found. */
  text: z.string(),
  /** What to do, where it is not ok. */
  todo: z.string().optional(),
});
export type CheckLine = z.infer<typeof CheckLine>;

export const GithubCheck = z.object({
  /** Nothing that is needed is missing. */
  complete: z.boolean(),
  lines: z.array(CheckLine),
});
export type GithubCheck = z.infer<typeof GithubCheck>;
