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
  for (const field of root.querySelectorAll<HTMLInputElement>('input,textarea'))
    if (placesOf(field.value, hunted).length > 0) boxes.push(boxOf(field.getBoundingClientRect()));
  const walker = (root.ownerDocument ?? (root as Document)).createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const texts = sentenceFrom(node as Text);
    const words = texts.length === 1 ? (node as Text).data : texts.map(text => text.data).join('');
    if (words.length < tellingChars || isOutOfSight(node.parentElement)) continue;
    for (const place of placesOf(words, hunted)) boxes.push(...boxesOf(texts, place));
  }
  return boxes;
}

/** Frameworks write one sentence as several texts; all of it with the first, nothing with the others. */
function sentenceFrom(first: Text): Text[] {
  if (first.previousSibling?.nodeType === Node.TEXT_NODE) return [];
  const texts = [first];
  for (let next = first.nextSibling; next?.nodeType === Node.TEXT_NODE; next = next.nextSibling)
    texts.push(next as Text);
  return texts;
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
function isOutOfSight(element: Element | null): boolean {
  if (!element) return true;
  const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
  const view = element.ownerDocument.defaultView;
  if (!view || width === 0 || height === 0) return false;
  return right < 0 || bottom < 0 || left > view.innerWidth || top > view.innerHeight;
}

const boxOf = ({ x, y, width, height }: DOMRect): Box => [x, y, width, height];
