import { useRef } from 'react';
import type { Item, View } from '../../view/index.ts';
import { endWord } from '../words.ts';

/** A message is announced by its beginning; the rest is there to be read. */
const spokenChars = 300;

/** Tells screen readers what is new. The timeline itself stays silent, or each older page would be read out. */
export function Announcer({ items }: Pick<View, 'items'>) {
  const newest = items.findLast(item => wordsOf(item) !== null);
  const first = useRef(newest?.seq ?? 0);
  const text = newest && newest.seq > first.current ? wordsOf(newest) : null;
  return (
    <div className="dh-hidden" aria-live="polite" data-testid="announcer">
      {text}
    </div>
  );
}

function wordsOf(item: Item): string | null {
  if (item.kind === 'message' || item.kind === 'notice') return item.text.slice(0, spokenChars);
  if (item.kind === 'turn.end') return `${endWord(item.outcome, item.stoppedBy)}. ${item.question ?? ''}`;
  return null;
}
