import { z } from 'zod';
import { http } from './httpForm.ts';
import { idOf } from './ids.ts';

const nothing = z.looseObject({});
/** All of Redis is looked through, and its file written anew. */
const timeoutMs = 300_000;

/** Erasing for good, for admins. Once more for what was erased before is fine. */
export const eraseCommands = {
  /** With its forks, which have its history. */
  'erase.session': {
    input: z.object({ sessionId: idOf('session') }),
    output: nothing,
    http: { ...http('POST', '/sessions/:sessionId/erase'), timeoutMs },
    socket: false,
  },
  /** A userId, a login on GitHub, or an account elsewhere (`slack:T1/U1`). */
  'erase.person': {
    input: z.object({ person: z.string().min(1).max(200) }),
    output: nothing,
    http: { ...http('POST', '/people/erase'), timeoutMs },
    socket: false,
  },
} as const;
