import { type Envelope, knownEvent } from '@deckhand/shared';
import { readBefore } from '../sessions/log/log.ts';
import type { Meta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';

/** What a turn was asked, as it read it. */
export type TurnPrompt = { text: string; attachmentIds: string[] };

const pageEvents = 200;
/** A turn whose prompts lie further back is not asked again by a click. */
const mostPages = 10;

/** The last of the prompts that a turn took; null where the log does not have that turn, or it is too far back. */
export async function promptOfTurn(store: Store, meta: Meta, turnId: string): Promise<TurnPrompt | null> {
  let promptId: string | undefined;
  let edited: string | undefined;
  let before = meta.last + 1;
  for (let page = 0; page < mostPages && before > 1; page++) {
    const { events } = await readBefore(store, meta.id, { before, limit: pageEvents });
    for (const event of events.toReversed().map((envelope: Envelope) => knownEvent(envelope))) {
      if (event?.type === 'turn.started' && event.data.turnId === turnId)
        promptId = event.data.promptIds.at(-1);
      if (promptId === undefined) continue;
      if (event?.type === 'prompt.edited' && event.data.promptId === promptId) edited ??= event.data.text;
      if (event?.type === 'prompt.queued' && event.data.promptId === promptId)
        return {
          text: edited ?? event.data.text,
          attachmentIds: event.data.attachments.map(({ attachmentId }) => attachmentId),
        };
    }
    before = events[0]?.seq ?? 1;
  }
  return null;
}
