import type { PromptWhen } from '@deckhand/shared';
import type { Check, Op } from '../store/commit.ts';
import { part } from '../store/keys.ts';
import { conditionOf } from '../transitions.ts';

type Waiting = { promptId: string; when?: PromptWhen | undefined };

/** Behind all others, or behind those alone that are for the running turn, too. */
export function placeOf(
  waiting: readonly Waiting[],
  promptId: string,
  when: PromptWhen | undefined,
): { position: number; op: Op; checks: Check[] } {
  if (when !== 'now')
    return { position: waiting.length + 1, op: ['RPUSH', part.inbox, promptId], checks: [] };
  const first = waiting.findIndex(prompt => prompt.when !== 'now');
  const before = first < 0 ? waiting.length : first;
  const last = waiting[before - 1];
  return {
    position: before + 1,
    op: last ? ['LINSERT', part.inbox, 'AFTER', last.promptId, promptId] : ['LPUSH', part.inbox, promptId],
    // Where the one before is gone, there is no place behind it.
    checks: conditionOf('the head of the queue', { head: waiting.map(each => each.promptId) }),
  };
}
