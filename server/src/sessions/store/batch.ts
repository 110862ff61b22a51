import type { Actor, NewEvent } from '@deckhand/shared';

export type Check =
  | ['fence', number]
  | ['absent', string]
  | ['field', string, string, string | false]
  | ['among', string, string, string[]]
  | ['length', string, number]
  | ['first', string, string[]];

/** A Redis command on one of the session's own keys: [command, key suffix, ...args]. */
export type Op = [string, string, ...(string | number)[]];

export type EventDraft = NewEvent & { actor: Actor; turnId?: string; taskId?: string; agentId?: string };

export type Batch = { checks: Check[]; ops?: Op[]; events?: EventDraft[] };
