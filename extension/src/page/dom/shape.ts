/** Elements of which nothing is said. */
export const skipped = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'link',
  'meta',
  'base',
  'title',
  'head',
  'br',
  'wbr',
]);
/** Elements whose inside is not looked into. */
export const leaves = new Set([
  'svg',
  'canvas',
  'video',
  'audio',
  'object',
  'embed',
  'img',
  'picture',
  'math',
  'select',
]);

/** Siblings with the same shape are rows of one list. */
export function shapeOf(element: Element): string {
  const children = [...element.children].slice(0, 6).map(child => child.localName);
  const first = element.classList.item(0) ?? '';
  return `${element.localName}.${first}.${element.getAttribute('role') ?? ''}(${children})`;
}

/** Words that stand in the element itself, not in its children. */
export function ownText(element: Element): string {
  let text = '';
  for (const node of element.childNodes) {
    if (node.nodeType !== 3) continue;
    // Frameworks write one word as several texts: taken apart, a secret in it would not be known as one.
    const goesOn = node.previousSibling?.nodeType === 3;
    text += `${goesOn ? '' : ' '}${node.nodeValue ?? ''}`;
  }
  return text.replaceAll(/\s+/g, ' ').trim();
}
