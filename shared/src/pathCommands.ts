import { z } from 'zod';
import { http } from './httpForm.ts';
import { idOf } from './ids.ts';
import { limits } from './limits.ts';

export const pathCommands = {
  /**
   * Paths that fit what somebody begins to write, best first: of the work that a session's last turn kept, or of a
   * repository's base branch.
   */
  'path.list': {
    input: z.object({
      sessionId: idOf('session').optional(),
      repo: z.string().max(200).optional(),
      q: z.string().max(limits.searchChars).default(''),
    }),
    /** `cut`: the tree has more files than are looked through. */
    output: z.object({ paths: z.array(z.string()), cut: z.boolean() }),
    http: http('GET', '/paths'),
    socket: false,
  },
} as const;
