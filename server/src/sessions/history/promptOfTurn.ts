import { type Envelope, knownEvent, type PromptMode } from '@deckhand/shared';
import { readBefore } from '../log/log.ts';
import type { Meta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';

/** What a turn was asked, as it read it. */
export type TurnPrompt = {
  text: string;
  attachmentIds: string[];
  model: string | undefined;
  mode: PromptMode | undefined;
  agent: string | undefined;
};

const pageEvents = 200;
/** A turn whose prompts lie further back is not asked again by a click. */
const mostPages = 10;

/** The last of the prompts that a turn took; null where the log does not have that turn, or it is too far back. */
export async function promptOfTurn(store: Store, meta: Meta, turnId: string): Promise<TurnPrompt | null> {
  let promptId: string | undefined;
  let edited: string | undefined;
  let editedAgent: string | null | undefined;
  let before = meta.last + 1;
  for (let page = 0; page < mostPages && before > 1; page++) {
    const { events } = await readBefore(store, meta.id, { before, limit: pageEvents });
    for (const event of events.toReversed().map((envelope: Envelope) => knownEvent(envelope))) {
      if (event?.type === 'turn.started' && event.data.turnId === turnId)
        promptId = event.data.promptIds.at(-1);
      if (promptId === undefined) continue;
      if (event?.type === 'prompt.edited' && event.data.promptId === promptId && edited === undefined) {
        edited = event.data.text;
        editedAgent = event.data.agent;
      }
      if (event?.type === 'prompt.queued' && event.data.promptId === promptId)
        return {
          text: edited ?? event.data.text,
          model: event.data.model,
          mode: event.data.mode,
          agent: editedAgent === undefined ? event.data.agent : (editedAgent ?? undefined),
          attachmentIds: event.data.attachments.map(({ attachmentId }) => attachmentId),
        };
    }
    before = events[0]?.seq ?? 1;
  }
  return null;
}
