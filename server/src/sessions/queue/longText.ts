import { createHash } from 'node:crypto';
import { type Actor, limits, newId } from '@deckhand/shared';
import type { EventDraft, Op } from '../store/commit.ts';
import { artifactBlob, part } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/** Of an event, for what is in it beside the person, the text and what comes with that. */
const restBytes = 1024;

export type ShownText = {
  /** What the event says. */
  shown: { text: string; artifactId?: string };
  ops: Op[];
  events: EventDraft[];
};

/**
 * A person's text as an event may carry it. One that is too long is shown by its beginning and kept whole as an
 * artifact of the session, which the event names; the inbox and the model have all of it anyway. `beside`: what else the
 * event says.
 */
export async function keepLongText(
  store: Store,
  text: string,
  { actor, beside = {} }: { actor: Actor; beside?: object },
): Promise<ShownText> {
  // However much stands beside it, a beginning is shown: a bound below nothing would never be met.
  const shownBytes = Math.max(limits.eventBytes - restBytes - bytesOf(actor) - bytesOf(beside), 1024);
  if (bytesOf(text) <= shownBytes) return { shown: { text }, ops: [], events: [] };
  const artifactId = newId('artifact');
  const content = Buffer.from(text);
  await store.archives.blobs.put(artifactBlob(artifactId), content);
  const record = {
    artifactId,
    kind: 'prompt',
    name: 'prompt.txt',
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
  return {
    shown: {
      text: `${beginningOf(text, shownBytes - 256)}\n… The whole text is kept as prompt.txt.`,
      artifactId,
    },
    ops: [['HSET', part.artifacts, artifactId, JSON.stringify(record)]],
    events: [{ type: 'artifact.created', actor, data: record }],
  };
}

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

function beginningOf(text: string, shownBytes: number): string {
  let chars = text.length;
  for (let bytes = bytesOf(text); bytes > shownBytes; bytes = bytesOf(text.slice(0, chars)))
    chars = Math.floor((chars * shownBytes * 0.98) / bytes);
  return text.slice(0, chars).replace(/[\uD800-\uDBFF]$/, '');
}
