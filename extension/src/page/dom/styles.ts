/** Computed styles that people mean when they say that something looks wrong. */
const inherited = [
  'color',
  'font-size',
  'font-weight',
  'font-family',
  'line-height',
  'text-align',
  'cursor',
  'text-transform',
  'visibility',
] as const;
/** These begin anew in each element: what differs is said against the usual. */
const own: Readonly<Record<string, readonly string[]>> = {
  'background-color': ['rgba(0, 0, 0, 0)'],
  'background-image': ['none'],
  'border-top-width': ['0px'],
  'border-top-color': [],
  'border-radius': ['0px'],
  'box-shadow': ['none'],
  opacity: ['1'],
  position: ['static'],
  'z-index': ['auto'],
  'text-decoration-line': ['none'],
  overflow: ['visible'],
  padding: ['0px'],
  margin: ['0px'],
  'flex-direction': ['row'],
  'justify-content': ['normal'],
  'align-items': ['normal'],
  gap: ['normal'],
  transform: ['none'],
  'pointer-events': ['auto'],
};

const valueMaxChars = 80;

/** The computed values that may be said, by how they come about. */
export type OwnStyles = { display: string; inherited: Map<string, string>; own: Map<string, string> };

export function readStyles(style: CSSStyleDeclaration): OwnStyles {
  const read = (names: readonly string[]) => new Map(names.map(name => [name, style.getPropertyValue(name)]));
  return { display: style.display, inherited: read(inherited), own: read(Object.keys(own)) };
}

const plainDisplays = new Set([
  ...['block', 'inline', 'list-item'],
  ...['table', 'table-row', 'table-cell', 'table-row-group'],
]);

/** What differs from the parent, from what begins anew, and from what the browser gives such an element anyway. */
export function stylesOf(
  style: CSSStyleDeclaration,
  parent: CSSStyleDeclaration | null,
  usual: OwnStyles | null,
): Record<string, string> | undefined {
  const result: Record<string, string> = {};
  const seen = readStyles(style);
  if (!plainDisplays.has(seen.display) && seen.display !== usual?.display) result.display = seen.display;
  for (const [name, value] of seen.inherited) {
    if (!parent || value === parent.getPropertyValue(name) || value === usual?.inherited.get(name)) continue;
    result[name] = value.slice(0, valueMaxChars);
  }
  for (const [name, value] of seen.own) {
    if (value === '' || own[name]?.includes(value) || value === usual?.own.get(name)) continue;
    if (name === 'border-top-color' && style.borderTopWidth === '0px') continue;
    result[name] = value.startsWith('url(') ? 'url(…)' : value.slice(0, valueMaxChars);
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

/** Why it cannot be seen. */
export function hiddenReason(
  element: Element,
  style: CSSStyleDeclaration,
  rect: { width: number; height: number },
): string | null {
  if (style.display === 'none') return 'display none';
  if (style.visibility !== 'visible') return `visibility ${style.visibility}`;
  if (Number(style.opacity) === 0) return 'opacity 0';
  if (rect.width === 0 && rect.height === 0 && style.display !== 'contents') return 'no size';
  if (rect.width <= 1 && rect.height <= 1) return 'for screen readers only';
  if (element.getAttribute('aria-hidden') === 'true') return 'aria-hidden';
  return null;
}
