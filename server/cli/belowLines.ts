import type { SessionEvent } from '@deckhand/shared';
import { outcomeWord } from '@deckhand/shared/words';
import pc from 'picocolors';

type AttemptEvent = Extract<SessionEvent, { type: 'attempts.started' | 'attempts.ended' | 'attempt.taken' }>;

/** What is told of attempts at a prompt; once all ended, one line for each, the best first. */
export function attemptLines(event: AttemptEvent): string[] {
  switch (event.type) {
    case 'attempts.started':
      return [pc.dim(`${event.data.attempts.length} attempts begin: ${event.data.title}`)];
    case 'attempts.ended':
      return event.data.attempts.map(
        ({ n, label, outcome, words }) => `${n}  ${pc.bold(label)}  ${outcomeWord[outcome]}: ${words}`,
      );
    case 'attempt.taken':
      return [`${event.data.by.name} took attempt ${event.data.n}.`];
  }
}

type ChildEvent = Extract<SessionEvent, { type: `child.${string}` }>;

/** What is told of a session that another began. */
export function childLine(event: ChildEvent): string {
  if (event.type === 'child.started')
    return pc.dim(`Session ${event.data.childId} on ${event.data.repo} works: ${event.data.title}`);
  if (event.type === 'child.blocked')
    return pc.yellow(`Session ${event.data.childId} waits for approval: ${event.data.why}`);
  const { childId, outcome, change } = event.data;
  return pc.dim(`Session ${childId}: ${outcomeWord[outcome]}${change ? `, ${change.url}` : ''}`);
}
