import type { Draft, Frame } from '../index.ts';
import { hasEndedCall, hasMessage, hasReasoning } from './fold.ts';
import type { Item } from './items.ts';

/** An unfinished text as far as it is known. Where it stands follows from its id. */
export type LiveText = Pick<Draft, 'kind' | 'id' | 'attempt' | 'text'>;

/** The texts after one frame, or null where a piece in between is missing and the drafts must be fetched again. */
export function foldFrame(texts: readonly LiveText[], frame: Frame): readonly LiveText[] | null {
  const { kind, id, attempt, offset, text } = frame;
  const known = texts.find(live => live.id === id);
  if (known && attempt < known.attempt) return texts;
  if (!known || attempt > known.attempt) {
    return offset === 0 ? withText(texts, { kind, id, attempt, text }) : null;
  }
  if (offset > known.text.length) return null;
  const fresh = text.slice(known.text.length - offset);
  return fresh === '' ? texts : withText(texts, { ...known, text: known.text + fresh });
}

/**
 * Two readings of the same drafts, taken at different moments: of each text the newer attempt, then the longer one.
 * A text that only one of them has is kept: the event that ends it will take it away.
 */
export function mergeTexts(ours: readonly LiveText[], theirs: readonly LiveText[]): readonly LiveText[] {
  return theirs.reduce((texts, text) => {
    const known = texts.find(live => live.id === text.id);
    const newer =
      !known ||
      text.attempt > known.attempt ||
      (text.attempt === known.attempt && text.text.length > known.text.length);
    return newer ? withText(texts, text) : texts;
  }, ours);
}

export const liveText = ({ kind, id, attempt, text }: Draft): LiveText => ({ kind, id, attempt, text });

/** Whether the event that ends this text is among the items. */
export function isEnded(items: readonly Item[], { kind, id }: Pick<LiveText, 'kind' | 'id'>): boolean {
  if (kind === 'message') return hasMessage(items, id);
  if (kind === 'reasoning') return hasReasoning(items, id);
  return hasEndedCall(items, id);
}

/** Ordered by id: the same texts are the same list, however they arrived. */
function withText(texts: readonly LiveText[], text: LiveText): readonly LiveText[] {
  const others = texts.filter(live => live.id !== text.id);
  return [...others, text].sort((a, b) => (a.id < b.id ? -1 : 1));
}
