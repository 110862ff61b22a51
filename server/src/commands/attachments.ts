import { Attachment, failure, limits, newId, type Result } from '@deckhand/shared';
import { type Blobs, readBlob } from '../platform/blobs.ts';
import type { Store } from '../sessions/store/store.ts';

/** Kinds that the model can be shown. */
const allowed = /^(image\/(png|jpeg|gif|webp)|application\/(pdf|json|xml)|text\/[\w.+-]+)$/;
const key = (attachmentId: string) => `dh:attachment:${attachmentId}`;
const blobKey = (attachmentId: string) => `attachments/${attachmentId}`;

/** Files that were uploaded for a prompt. */
export class AttachmentStore {
  #store: Store;
  #blobs: Blobs;
  constructor(store: Store, blobs: Blobs) {
    this.#store = store;
    this.#blobs = blobs;
  }

  async add(file: {
    name: string;
    mediaType: string;
    content: Buffer;
  }): Promise<Result<{ attachment: Attachment }>> {
    const { name, content } = file;
    const mediaType = file.mediaType.split(';')[0]?.trim().toLowerCase() ?? '';
    if (!allowed.test(mediaType))
      return failure(
        'bad_request',
        `Attachments of kind ${mediaType || 'unknown'} are not taken. Send an image (PNG, JPEG, GIF, WebP), a PDF or text.`,
      );
    if (content.length > limits.attachmentBytes) return attachmentTooLarge();
    const attachment = Attachment.parse({
      attachmentId: newId('attachment'),
      name: name.slice(0, 200) || 'file',
      mediaType,
      bytes: content.length,
    });
    await this.#blobs.put(blobKey(attachment.attachmentId), content);
    await this.#store.set(key(attachment.attachmentId), JSON.stringify(attachment));
    return { ok: true, attachment };
  }

  async find(attachmentId: string): Promise<Attachment | null> {
    const text = await this.#store.get(key(attachmentId));
    return text ? Attachment.parse(JSON.parse(text)) : null;
  }

  read(attachmentId: string): Promise<Buffer | null> {
    return readBlob(this.#blobs, blobKey(attachmentId));
  }
}

export const attachmentTooLarge = () =>
  failure('too_large', `An attachment has at most ${limits.attachmentBytes / 1024 / 1024} MiB.`);
