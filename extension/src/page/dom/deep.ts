/** The tree as people see it: through shadow roots, closed ones too, and into frames of the same origin. */

type Dom = { openOrClosedShadowRoot?: (element: Element) => ShadowRoot | null };

export function shadowOf(element: Element): ShadowRoot | null {
  if (element.shadowRoot) return element.shadowRoot;
  // Only custom elements and a few others can have one; asking for all would cost.
  if (!(element instanceof HTMLElement)) return null;
  const { dom } = (globalThis as unknown as { chrome?: { dom?: Dom } }).chrome ?? {};
  return dom?.openOrClosedShadowRoot?.(element) ?? null;
}

/** The document of a frame, or null where it is another origin's. */
export function frameDocument(element: Element): Document | null {
  if (element.localName !== 'iframe' && element.localName !== 'frame') return null;
  try {
    return (element as HTMLIFrameElement).contentDocument;
  } catch {
    return null;
  }
}

export function parentOf(element: Element): Element | null {
  if (element.assignedSlot) return element.assignedSlot;
  if (element.parentElement) return element.parentElement;
  const root = element.getRootNode();
  if ('host' in root) return root.host as Element;
  return element.ownerDocument.defaultView?.frameElement ?? null;
}

/** Whether one lies in the other, or is it, through shadow roots and frames. */
export function isWithin(element: Element, around: Element): boolean {
  for (let at: Element | null = element; at; at = parentOf(at)) if (at === around) return true;
  return false;
}

export function childrenOf(element: Element): Element[] {
  const framed = frameDocument(element)?.body;
  if (framed) return [framed];
  const shadow = shadowOf(element);
  if (shadow) return [...shadow.children];
  if (element.localName === 'slot') {
    const given = (element as HTMLSlotElement).assignedElements();
    if (given.length > 0) return given;
  }
  return [...element.children];
}

type Rect = { x: number; y: number; width: number; height: number };

/** Where an element is in the topmost viewport that we may look into, in CSS pixels. */
export function rectOf(element: Element): Rect {
  const { x, y, width, height } = element.getBoundingClientRect();
  const rect = { x, y, width, height };
  for (let frame = frameOf(element); frame; frame = frameOf(frame)) {
    const around = frame.getBoundingClientRect();
    rect.x += around.x + frame.clientLeft;
    rect.y += around.y + frame.clientTop;
  }
  return rect;
}

const frameOf = (element: Element): Element | null => {
  try {
    return element.ownerDocument.defaultView?.frameElement ?? null;
  } catch {
    return null;
  }
};

/** What lies at a point, as deep as may be looked, leaving out what is ours. */
export function elementAt(x: number, y: number, ours: Element): Element | null {
  let at: Element | null = null;
  let root: Document | ShadowRoot = document;
  let [left, top] = [x, y];
  for (let n = 0; n < 50; n++) {
    const found: Element | undefined = root.elementsFromPoint(left, top).find(element => element !== ours);
    if (!found || found === at) return at;
    at = found;
    const framed: Document | null = frameDocument(found);
    if (framed) {
      const around = found.getBoundingClientRect();
      left -= around.x + found.clientLeft;
      top -= around.y + found.clientTop;
      root = framed;
      continue;
    }
    const shadow = shadowOf(found);
    if (!shadow) return at;
    root = shadow;
  }
  return at;
}
