import { z } from 'zod';
import { Grant } from './grants.ts';
import { http } from './httpForm.ts';
import { idOf } from './ids.ts';
import { OnBehalfOf, OnBehalfOfRead } from './people.ts';

const sessionId = idOf('session');

/** What was permitted while work was under way, and taking it back. */
export const grantCommands = {
  /** Those that count in this session now, its repository's too. */
  'grant.list': {
    input: z.object({ sessionId, onBehalfOf: OnBehalfOfRead.optional() }),
    output: z.object({ grants: z.array(Grant) }),
    http: http('GET', '/sessions/:sessionId/grants'),
    socket: true,
  },
  /** Whoever may prompt may take one back; a repository's only an admin. */
  'grant.withdraw': {
    input: z.object({ sessionId, grantId: idOf('grant'), onBehalfOf: OnBehalfOf.optional() }),
    output: z.looseObject({}),
    http: http('POST', '/sessions/:sessionId/grants/:grantId/withdraw'),
    socket: true,
  },
} as const;
