import type { Readable } from 'node:stream';
import { Attachment, failure, limits, newId, type Result } from '@deckhand/shared';
import { z } from 'zod';
import { type Blobs, readBlob } from '../platform/blobs.ts';
import { judgeMediaType } from '../platform/mediaType.ts';
import { attachmentBlob, attachmentKey } from '../sessions/retention/attachmentHolds.ts';
import type { Store } from '../sessions/store/store.ts';

const SentRecord = Attachment.extend({ sessions: z.array(z.string()) });

/** Files that were uploaded for a prompt. */
export class AttachmentStore {
  #store: Store;
  #blobs: Blobs;
  constructor(store: Store, blobs: Blobs) {
    this.#store = store;
    this.#blobs = blobs;
  }

  /** `by`: who uploads it. */
  async add(file: {
    name: string;
    mediaType: string;
    content: Buffer;
    by: string;
  }): Promise<Result<{ attachment: Attachment }>> {
    const { name, content, by } = file;
    const claimed = file.mediaType.split(';')[0]?.trim().toLowerCase() ?? '';
    const judged = await judgeMediaType(content, claimed);
    if (judged.kind === 'other')
      return failure(
        'bad_request',
        `${name.slice(0, 200)} is ${judged.mediaType ? `of kind ${judged.mediaType}` : 'of no known kind'} by its content, and not taken. Send an image (PNG, JPEG, GIF, WebP), a PDF or text (UTF-8).`,
      );
    if (content.length > limits.attachmentBytes) return attachmentTooLarge();
    const attachment = Attachment.parse({
      attachmentId: newId('attachment'),
      name: name.slice(0, 200) || 'file',
      mediaType: judged.mediaType,
      bytes: content.length,
    });
    await this.#blobs.put(attachmentBlob(attachment.attachmentId), content);
    const record = { ...attachment, by, sessions: [] };
    await this.#store.set(attachmentKey(attachment.attachmentId), JSON.stringify(record));
    return { ok: true, attachment };
  }

  async find(attachmentId: string): Promise<Attachment | null> {
    const text = await this.#store.get(attachmentKey(attachmentId));
    return text ? Attachment.parse(JSON.parse(text)) : null;
  }

  /** Of a file that was sent to this session; null for any other. */
  async sentTo(sessionId: string, attachmentId: string): Promise<Attachment | null> {
    const text = await this.#store.get(attachmentKey(attachmentId));
    const record = text ? SentRecord.safeParse(JSON.parse(text)) : null;
    return record?.success && record.data.sessions.includes(sessionId) ? Attachment.parse(record.data) : null;
  }

  open(attachmentId: string): Promise<Readable | null> {
    return this.#blobs.get(attachmentBlob(attachmentId));
  }

  read(attachmentId: string): Promise<Buffer | null> {
    return readBlob(this.#blobs, attachmentBlob(attachmentId));
  }
}

export const attachmentTooLarge = () =>
  failure('too_large', `An attachment has at most ${limits.attachmentBytes / 1024 / 1024} MiB.`);

export async function findAttachments(
  attachments: AttachmentStore,
  ids: string[],
): Promise<Result<{ files: Attachment[] }>> {
  const files = await Promise.all(ids.map(id => attachments.find(id)));
  const missing = ids.find((_, i) => !files[i]);
  if (missing) return failure('not_found', `There is no attachment ${missing}. Upload it first.`);
  return { ok: true, files: files.filter(file => file !== null) };
}
