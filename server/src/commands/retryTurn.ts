import { failure, type Result } from '@deckhand/shared';
import type { Acting } from '../identity/acting.ts';
import { promptOfTurn } from '../sessions/history/promptOfTurn.ts';
import { appendPrompt } from '../sessions/queue/inbox.ts';
import type { Meta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import { type AttachmentStore, findAttachments } from './attachments.ts';

/** Asks again what a turn was asked, in the name of whoever wants it, and once for each of them. */
export async function retryTurn(
  { store, attachments }: { store: Store; attachments: AttachmentStore },
  { meta, acting, turnId }: { meta: Meta; acting: Acting; turnId: string },
): Promise<Result<{ promptId: string }>> {
  const asked = await promptOfTurn(store, meta, turnId);
  if (!asked) return failure('not_found', 'Its prompt is too far back. Write it again.');
  const found = await findAttachments(attachments, asked.attachmentIds);
  if (!found.ok) return found;
  const { author, actor } = acting;
  return appendPrompt(store, meta.id, {
    requestId: `retry:${turnId}`,
    text: asked.text,
    attachments: found.files,
    model: asked.model,
    mode: asked.mode,
    agent: asked.agent,
    author,
    actor,
  });
}
