import type { Classified } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import { type Labelled, messages } from './messages.ts';
import { usable } from './repos.ts';

export type Scored = { message: Labelled; said: Classified; ms: number };

/** Asks about every message of the evaluation set, one after the other. */
export async function scoreAll(client: Client): Promise<Scored[]> {
  const scored: Scored[] = [];
  for (const message of messages) {
    const { text, thread = [], channel } = message;
    const began = performance.now();
    const said = await client.http['repo.classify']({
      text,
      thread,
      among: usable,
      ...(channel ? { channel } : {}),
    });
    if (!said.ok) throw new Error(said.message);
    scored.push({ message, said, ms: performance.now() - began });
  }
  return scored;
}

/** Of the answered ones, how many are right; of those with a label, how many were answered at all. */
export function figuresOf(scored: readonly Scored[]) {
  const answered = scored.filter(({ said }) => said.repo !== null);
  const right = answered.filter(({ said, message }) => said.repo === message.repo);
  const labelled = scored.filter(({ message }) => message.repo !== null);
  const asked = labelled.filter(({ said }) => said.repo === null);
  const inMenu = asked.filter(({ said, message }) =>
    said.alternatives.slice(0, 3).some(({ repo }) => repo === message.repo),
  );
  const rightUnknown = scored.filter(({ said, message }) => said.repo === null && message.repo === null);
  return {
    total: scored.length,
    answered: answered.length,
    right: right.length,
    wrong: answered.filter(each => !right.includes(each)),
    unknown: scored.length - answered.length,
    /** Decisions that a colleague would have made: the right repository, or asking back where they would. */
    accuracy: (right.length + rightUnknown.length) / scored.length,
    asked,
    inMenu: inMenu.length,
  };
}
