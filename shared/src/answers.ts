import { z } from 'zod';
import { Envelope } from './events.ts';
import { Draft } from './frames.ts';
import { Head } from './head.ts';
import { idOf } from './ids.ts';
import { Role } from './people.ts';
import { Outcome, Session } from './session.ts';

const count = z.number().int().nonnegative();

export const EventPage = z.object({ events: z.array(Envelope), last: count, more: z.boolean() });
export type EventPage = z.infer<typeof EventPage>;
export const RepoInfo = z.object({
  id: z.string(),
  description: z.string(),
  aliases: z.array(z.string()),
  pages: z.array(z.string()),
  baseBranch: z.string().nullable(),
  host: z.enum(['local', 'github']),
});
export type RepoInfo = z.infer<typeof RepoInfo>;
export const Me = z.object({
  userId: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  role: Role,
  login: z.string().nullable(),
  avatarUrl: z.string().nullable(),
  /** Null where this server has no sign-in with GitHub; `linked`: Deckhand may act as them on GitHub. */
  github: z.object({ linked: z.boolean(), signInUrl: z.string() }).nullable(),
  /** The model that answers, `rehearsal` without a model key; clients say so. */
  model: z.string(),
  rehearsal: z.boolean(),
  /** Those that may be chosen, `model` first; absent where the server knows of no choice. */
  models: z.array(z.string()).optional(),
  /** The address that people open. */
  publicUrl: z.string().optional(),
});
export type Me = z.infer<typeof Me>;
/** What the machine is still getting ready, e.g. the base image; empty text when nothing. */
export const Readiness = z.object({
  ready: z.boolean(),
  parts: z.array(
    z.object({ name: z.string(), state: z.enum(['ok', 'preparing', 'failed']), detail: z.string() }),
  ),
});
export type Readiness = z.infer<typeof Readiness>;

/** A turn that ended; `snapshot`: its sandbox can be had again with what git ignores. */
export const TurnInfo = z.object({
  turnId: idOf('turn'),
  /** From 1, in the order in which they ended. */
  n: z.number().int().positive(),
  at: z.iso.datetime(),
  outcome: Outcome,
  title: z.string(),
  snapshot: z.boolean(),
  name: z.string().nullable(),
  /** A rewind took the session to before it. */
  undone: z.boolean(),
});
export type TurnInfo = z.infer<typeof TurnInfo>;

export const OpenAck = z.object({
  protocol: z.number(),
  session: Session,
  head: Head,
  drafts: z.array(Draft),
  events: z.array(Envelope),
  /** `seq` of the first event that this answer covers; older ones come through `GET …/events?before=`. */
  from: count,
  last: count,
  /** More events follow: open again with `after` = the last one given. Live events start once this is false. */
  more: z.boolean(),
});
export type OpenAck = z.infer<typeof OpenAck>;
