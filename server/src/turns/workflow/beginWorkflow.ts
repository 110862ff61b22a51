import { isGoOn, newId } from '@deckhand/shared';
import type { StoredPrompt } from '../../sessions/queue/inbox.ts';
import { readTurn } from '../../sessions/run/turnRecords.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import { beginning, resumed, type WorkflowLimits, type WorkflowState } from '../../tasks/workflow/state.ts';

/** The workflow that a prompt's turn runs: the one that it is, or what is left of the one that the session stands at. */
export async function workflowOf(
  { store, workflows }: { store: Store; workflows: WorkflowLimits },
  { id, turnHead }: Pick<Meta, 'id' | 'turnHead'>,
  { workflow, text, requestId }: Pick<StoredPrompt, 'workflow' | 'text' | 'requestId'>,
): Promise<WorkflowState | null> {
  if (workflow) return beginning(newId('workflow'), workflow);
  const { workflow: left, outcome } = (await readTurn(store, id, turnHead)) ?? {};
  const goesOn = requestId === `retry:${turnHead}` || (outcome === 'over_budget' && isGoOn(text));
  return left && goesOn ? resumed(left, workflows) : null;
}
