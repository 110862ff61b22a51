import { isUtf8 } from 'node:buffer';
import { fileTypeFromBuffer } from 'file-type';

/** What models can be shown as it is. */
const shown: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'application/pdf',
]);
const textual = /^(application\/(json|xml)|text\/[\w.+-]+)$/;

export type Judged =
  | { kind: 'shown' | 'text'; mediaType: string }
  /** Null where not even its first bytes tell. */
  | { kind: 'other'; mediaType: string | null };

/**
 * What a file is by its bytes. Its name and what it is said to be are somebody's word: a HEIC picture called a PNG is
 * refused by the model at every later request, and TypeScript comes as `video/mp2t`. `claimed` counts for text alone.
 */
export async function judgeMediaType(content: Buffer, claimed: string): Promise<Judged> {
  const found = await fileTypeFromBuffer(content).catch(() => undefined);
  // An animated PNG is a PNG to whoever does not know better.
  const mediaType = found?.mime === 'image/apng' ? 'image/png' : (found?.mime ?? null);
  if (mediaType !== null && shown.has(mediaType)) return { kind: 'shown', mediaType };
  if (isText(content)) return { kind: 'text', mediaType: textual.test(claimed) ? claimed : 'text/plain' };
  return { kind: 'other', mediaType };
}

const isText = (content: Buffer) => isUtf8(content) && !content.includes(0);
