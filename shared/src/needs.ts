import { z } from 'zod';
import { http } from './httpForm.ts';
import { idOf } from './ids.ts';
import { OnBehalfOfRead } from './people.ts';

/** What a session waits for that only a person can give. */
export const NeedKind = z.enum(['approval', 'question', 'plan', 'attempts', 'change']);
export type NeedKind = z.infer<typeof NeedKind>;

export const Need = z.object({
  sessionId: idOf('session'),
  title: z.string(),
  repo: z.string().nullable(),
  kind: NeedKind,
  /** What is asked, in one line. */
  text: z.string(),
  /** Of a change: where it is looked at. */
  url: z.string().optional(),
  /** When the session last did something. */
  at: z.iso.datetime(),
});
export type Need = z.infer<typeof Need>;

export const needsCommands = {
  /** Over all sessions that one may see, those which agents began among them: approvals first, changes last. */
  'need.list': {
    input: z.object({ onBehalfOf: OnBehalfOfRead.optional() }),
    output: z.object({ needs: z.array(Need) }),
    http: http('GET', '/needs'),
    socket: false,
  },
} as const;
