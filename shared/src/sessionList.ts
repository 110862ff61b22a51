import { z } from 'zod';
import { http } from './httpForm.ts';
import { idOf } from './ids.ts';
import { limits } from './limits.ts';
import { OnBehalfOfRead } from './people.ts';
import { Session, SessionState } from './session.ts';

const sessionId = idOf('session');

/** Where the words of a search stand. */
export const SearchHit = z.object({
  kind: z.enum(['title', 'prompt', 'answer']),
  /** The event of the session's log that they stand in; 0 of a title. */
  seq: z.number().int().nonnegative(),
  /** The words around, in one line. */
  text: z.string(),
  /** What was searched for within the text: from and to, in UTF-16 units. */
  marks: z.array(z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()])),
});
export type SearchHit = z.infer<typeof SearchHit>;

/** A session as a list shows it to whoever asks. */
export const ListedSession = Session.extend({
  /** When work last went on in it; lists go by this. Servers before this field went by `updatedAt`. */
  activeAt: z.iso.datetime().optional(),
  /** Something happened in it since they last looked at it, or wrote in it; never of what they did neither with. */
  unread: z.boolean().default(false),
  /** They keep it at hand. */
  pinned: z.boolean().default(false),
  hit: SearchHit.optional(),
});
export type ListedSession = z.infer<typeof ListedSession>;

export const SessionPage = z.object({
  sessions: z.array(ListedSession),
  /** Ask with this for the next page; null: there is none. */
  after: z.string().nullable(),
  /** Not all was searched: the server reads logs of before, or the words stand in too many places. */
  partial: z.boolean().default(false),
});
export type SessionPage = z.infer<typeof SessionPage>;

/** In a query string `true` and `false` are words. */
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform(word => word === 'true')]);

export const sessionListCommands = {
  /** Newest activity first. What is left out narrows nothing. */
  'session.list': {
    input: z.object({
      after: z.string().max(100).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
      /** Words that all stand in its title, its prompts or its answers; each may be the beginning of a longer one. */
      q: z.string().max(limits.searchChars).optional(),
      /** They wrote in it. */
      mine: flag.optional(),
      /** It waits for somebody: for an answer, an approval, a choice. */
      waiting: flag.optional(),
      pinned: flag.optional(),
      archived: flag.optional(),
      state: SessionState.optional(),
      /** By id or alias. */
      repo: z.string().max(200).optional(),
      onBehalfOf: OnBehalfOfRead.optional(),
    }),
    output: SessionPage,
    http: http('GET', '/sessions'),
    socket: false,
  },
  /** They have seen its log up to there; the whole where left out. Only forward. */
  'session.seen': {
    input: z.object({ sessionId, seq: z.number().int().nonnegative().optional() }),
    output: z.looseObject({}),
    http: http('POST', '/sessions/:sessionId/seen'),
    socket: false,
  },
  /** Keeps it at hand, for them alone. */
  'session.pin': {
    input: z.object({ sessionId, pinned: z.boolean() }),
    output: z.looseObject({}),
    http: http('POST', '/sessions/:sessionId/pin'),
    socket: false,
  },
} as const;
