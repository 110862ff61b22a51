import { findSecrets } from './patterns.ts';

type Box = [number, number, number, number];

/** Shorter words are too common to be hunted for; as in texts. */
const tellingChars = 4;

/**
 * Where words can be seen that are taken out of captures: by their letters, or because a private part of the page says
 * them, too. In the pixels of the root's own viewport.
 */
export function secretBoxes(root: Document | ShadowRoot, known: readonly string[]): Box[] {
  const hunted = known.map(text => text.trim()).filter(text => text.length >= tellingChars);
  const boxes: Box[] = [];
  for (const element of root.querySelectorAll('*')) {
    const texts = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE) as Text[];
    const isField = element.localName === 'input' || element.localName === 'textarea';
    if ((texts.length === 0 && !isField) || isOutOfSight(element)) continue;
    if (isField) {
      const { value } = element as HTMLInputElement;
      if (placesOf(value, hunted).length > 0) boxes.push(boxOf(element.getBoundingClientRect()));
      continue;
    }
    // Frameworks write a sentence as several texts.
    const words = texts.map(text => text.data).join('');
    for (const place of placesOf(words, hunted)) boxes.push(...boxesOf(texts, place));
  }
  return boxes;
}

type Place = { from: number; to: number };

function placesOf(words: string, hunted: readonly string[]): Place[] {
  if (words.trim().length < tellingChars) return [];
  const places: Place[] = findSecrets(words);
  for (const one of hunted)
    for (let from = words.indexOf(one); from >= 0; from = words.indexOf(one, from + one.length))
      places.push({ from, to: from + one.length });
  return places;
}

function boxesOf(texts: readonly Text[], { from, to }: Place): Box[] {
  const boxes: Box[] = [];
  let at = 0;
  for (const text of texts) {
    const [begin, end] = [Math.max(from - at, 0), Math.min(to - at, text.length)];
    at += text.length;
    if (begin >= end) continue;
    const range = text.ownerDocument.createRange();
    range.setStart(text, begin);
    range.setEnd(text, end);
    boxes.push(...[...range.getClientRects()].map(boxOf));
  }
  return boxes;
}

/** What has no box of its own (`display: contents`) may have words all the same. */
function isOutOfSight(element: Element): boolean {
  const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
  const view = element.ownerDocument.defaultView;
  if (!view || width === 0 || height === 0) return false;
  return right < 0 || bottom < 0 || left > view.innerWidth || top > view.innerHeight;
}

const boxOf = ({ x, y, width, height }: DOMRect): Box => [x, y, width, height];
