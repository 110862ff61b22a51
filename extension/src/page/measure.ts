import type { Box } from '@deckhand/shared/capture';
import type { Measured } from '../messages.ts';
import { frameDocument, rectOf, shadowOf } from './dom/deep.ts';
import { privateSelector } from './redact/fields.ts';
import { knownPrivate, privateElements } from './redact/known.ts';
import { secretBoxes } from './redact/secretBoxes.ts';

/** Where an element is now, and which parts of the viewport nobody else may see. */
export function measure(element: Element | null, redactSelectors: readonly string[]): Measured {
  const selector = privateSelector(redactSelectors, document);
  const roots = rootsOf(document);
  const known = roots.flatMap(root => ('body' in root ? knownPrivate(root, selector) : []));
  const privateBoxes = roots
    .flatMap(root => [...privateElements(root, selector).map(boxOf), ...secretsIn(root, known)])
    .filter(
      ([x, y, width, height]) =>
        width > 0 && height > 0 && x < innerWidth && y < innerHeight && x + width > 0 && y + height > 0,
    );
  return {
    box: element?.isConnected ? boxOf(element) : null,
    privateBoxes: [...privateBoxes, ...foreignFrames()].slice(0, 2000),
    viewport: { width: innerWidth, height: innerHeight },
  };
}

const boxOf = (element: Element): Box => {
  const { x, y, width, height } = rectOf(element);
  return [x, y, width, height];
};

function secretsIn(root: Document | ShadowRoot, known: readonly string[]): Box[] {
  const top = root.ownerDocument ?? (root as Document);
  const shift = rectOf(top.documentElement);
  const own = top.documentElement.getBoundingClientRect();
  return secretBoxes(root, known).map(([x, y, width, height]) => [
    x + shift.x - own.x,
    y + shift.y - own.y,
    width,
    height,
  ]);
}

/** What a frame of another origin shows cannot be judged, so it is not shown. */
const foreignFrames = (): Box[] =>
  [...document.querySelectorAll('iframe')].filter(frame => frameDocument(frame) === null).map(boxOf);

function rootsOf(root: Document | ShadowRoot): (Document | ShadowRoot)[] {
  const inside: (Document | ShadowRoot)[] = [];
  for (const element of root.querySelectorAll('*')) {
    const deeper =
      frameDocument(element) ??
      (element.localName.includes('-') || element.shadowRoot ? shadowOf(element) : null);
    if (deeper) inside.push(...rootsOf(deeper));
  }
  return [root, ...inside];
}
