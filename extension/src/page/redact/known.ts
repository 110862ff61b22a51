import { privateKind } from './fields.ts';

const textsMax = 200;

/** What the private parts of a page say now: to be taken out wherever else it turns up. */
export function knownPrivate(document: Document, selector: string): string[] {
  const texts: string[] = [];
  const add = (text: string) => {
    if (texts.length >= textsMax || text.trim() === '') return;
    texts.push(text);
    // 95,000 on the page is 95000 in the code.
    const digits = text.replaceAll(/[^\d.]/g, '').replace(/^\.+|(?<!\.)\.+$/g, '');
    if (digits.length >= 4 && digits !== text) texts.push(digits);
  };
  for (const field of document.querySelectorAll('input,textarea,select')) {
    const kind = privateKind(field, selector);
    if (!kind) continue;
    add((field as HTMLInputElement).value ?? '');
    add(field.getAttribute('value') ?? '');
  }
  for (const part of document.querySelectorAll(selector)) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node && texts.length < textsMax; node = walker.nextNode())
      add(node.nodeValue ?? '');
    for (const element of [part, ...part.querySelectorAll('[value],[title],[aria-label],[alt]')])
      for (const name of ['value', 'title', 'aria-label', 'alt']) add(element.getAttribute(name) ?? '');
  }
  return texts;
}

/** Boxes of private parts that can be seen, in the viewport's CSS pixels: to be painted over in pictures. */
export function privateElements(root: Document | ShadowRoot, selector: string): Element[] {
  const fields = [...root.querySelectorAll('input,textarea,select')].filter(field =>
    privateKind(field, selector),
  );
  return [...fields, ...root.querySelectorAll(selector)];
}
