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

export function stylesOf(
  style: CSSStyleDeclaration,
  parent: CSSStyleDeclaration | null,
): Record<string, string> | undefined {
  const result: Record<string, string> = {};
  const display = style.display;
  if (
    !['block', 'inline', 'list-item', 'table', 'table-row', 'table-cell', 'table-row-group'].includes(display)
  )
    result.display = display;
  for (const name of inherited) {
    const value = style.getPropertyValue(name);
    if (parent && value !== parent.getPropertyValue(name)) result[name] = value.slice(0, valueMaxChars);
  }
  for (const [name, usual] of Object.entries(own)) {
    const value = style.getPropertyValue(name);
    if (value === '' || usual.includes(value)) continue;
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
