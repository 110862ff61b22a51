import type { ModelMessage } from 'ai';
import type { StoredPrompt } from '../queue/inbox.ts';
import type { EventDraft, Op } from '../store/commit.ts';
import { draftText, part } from '../store/keys.ts';

/** What the model reads of prompts, and the captures that came with them. */
export type ReadPrompts = {
  messages: ModelMessage[];
  picks?: readonly SentPick[];
  /** What is written with them. */
  ops?: readonly Op[];
};

/** Out of the queue into the context: what that stands on, and how it is done. */
export function taking(
  prompts: readonly StoredPrompt[],
  { messages, picks = [], ops: more = [] }: ReadPrompts,
) {
  const ids = prompts.map(prompt => prompt.promptId);
  const kept = prompts.map(prompt => [prompt.promptId, JSON.stringify(prompt)] as const);
  const ops: Op[] = [
    ['LPOP', part.inbox, ids.length],
    ['HDEL', part.prompts, ...ids],
    ...messages.map((message): Op => ['RPUSH', part.context, JSON.stringify(message)]),
    // Whoever names another's pick in a file of theirs does not get it.
    ...picks.map(({ pickId, userId }): Op => ['HSETNX', part.picks, pickId, userId]),
    ...more,
  ];
  return { ids, seen: { head: ids, prompts: kept }, ops };
}

/** A capture that came with a prompt, and whose. */
export type SentPick = { pickId: string; userId: string };
/** The event that ends a text deletes its draft in the same script. */
export function endedDraft(event: EventDraft): Op[] {
  const id = endedText(event);
  return id
    ? [
        ['HDEL', part.drafts, id],
        ['DEL', draftText(id)],
      ]
    : [];
}

function endedText(event: EventDraft): string | null {
  switch (event.type) {
    case 'message.done':
      return event.data.messageId;
    case 'reasoning.done':
      return event.data.reasoningId;
    case 'tool.finished':
      return event.data.callId;
    default:
      return null;
  }
}
