import { type OwnStyles, readStyles } from './styles.ts';

/** Elements to which the browser's own style sheet gives something. */
const tags =
  'a button input select textarea label fieldset legend h1 h2 h3 h4 h5 h6 p ul ol li dl dt dd table caption th td hr figure blockquote pre code b strong i em small summary details dialog img iframe';

const usual = new Map<string, OwnStyles>();

/** What an element of this tag looks like where no page says how; null where that is not known. */
export const usualOf = (tag: string): OwnStyles | null => usual.get(tag) ?? null;

/**
 * Once a page, inside of a closed root of ours that inherits nothing: no page sees it, and nothing of it is drawn. Values that
 * are inherited count only where the browser itself sets them.
 */
export function learnUsual(root: ParentNode & Node): void {
  if (usual.size > 0) return;
  const room = document.createElement('div');
  room.style.display = 'none';
  const elements = tags.split(' ').map(tag => document.createElement(tag));
  room.append(...elements);
  root.appendChild(room);
  const plain = readStyles(getComputedStyle(room));
  for (const element of elements) {
    const own = readStyles(getComputedStyle(element));
    for (const [name, value] of own.inherited)
      if (value === plain.inherited.get(name)) own.inherited.delete(name);
    usual.set(element.localName, own);
  }
  room.remove();
}
