import type { View } from '@deckhand/shared/view';

/** Items that are drawn at first; older ones come as they are scrolled to. */
export const windowItems = 120;
/** It moves in leaps: a beginning that moved with each event would move what is being read. */
const leap = 60;

/** The end of a view. `from` is then its first item's, so that the timeline asks for older ones. */
export function windowOf(view: View, items: number): View {
  const start = Math.floor(Math.max(0, view.items.length - items) / leap) * leap;
  if (start === 0) return view;
  const shown = view.items.slice(start);
  return { ...view, items: shown, from: Math.max(2, shown[0]?.seq ?? 2) };
}
