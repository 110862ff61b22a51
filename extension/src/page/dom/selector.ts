const usable = (id: string) => /^[A-Za-z][\w-]{0,60}$/.test(id) && !/\d{4,}|--/.test(id);
const testIds = ['data-testid', 'data-test', 'data-cy'];

/**
 * A CSS selector that finds the element again in a page that stays as it is; ` >>> ` steps into a shadow root or a
 * frame. By id or test id where it has one, otherwise by its place.
 */
export function selectorOf(element: Element): string {
  const root = element.getRootNode() as Document | ShadowRoot;
  const inside = within(element, root);
  const host = 'host' in root ? root.host : root.defaultView?.frameElement;
  return (host ? `${selectorOf(host)} >>> ${inside}` : inside).slice(-1000);
}

/** The element that a selector of ours means now; null where the page became another. */
export function findBySelector(
  selector: string,
  document: Document,
  shadowOf: (element: Element) => ShadowRoot | null,
): Element | null {
  let root: Document | ShadowRoot = document;
  let found: Element | null = null;
  for (const step of selector.split(' >>> ')) {
    if (found) {
      const next: Document | ShadowRoot | null =
        'contentDocument' in found ? (found as HTMLIFrameElement).contentDocument : shadowOf(found);
      if (!next) return null;
      root = next;
    }
    try {
      found = root.querySelector(step);
    } catch {
      return null;
    }
    if (!found) return null;
  }
  return found;
}

function within(element: Element, root: Document | ShadowRoot): string {
  const steps: string[] = [];
  for (let at: Element | null = element; at; at = at.parentElement) {
    const mark = markOf(at, root);
    steps.unshift(mark ?? placeOf(at));
    if (mark) break;
  }
  return steps.join(' > ');
}

/** What nothing else in its root is called. */
function markOf(element: Element, root: Document | ShadowRoot): string | null {
  const marks = [
    ...(usable(element.id) ? [`#${CSS.escape(element.id)}`] : []),
    ...testIds.flatMap(name => {
      const value = element.getAttribute(name);
      return value && value.length <= 60 ? [`[${name}=${JSON.stringify(value)}]`] : [];
    }),
  ];
  return marks.find(mark => root.querySelectorAll(mark).length === 1) ?? null;
}

function placeOf(element: Element): string {
  const tag = CSS.escape(element.localName);
  const alike = [...(element.parentNode?.children ?? [])].filter(
    other => other.localName === element.localName,
  );
  return alike.length > 1 ? `${tag}:nth-of-type(${alike.indexOf(element) + 1})` : tag;
}
