import type { Redactor } from '../redact/redactor.ts';

/** Attributes that help to find an element in the code or say what it does. */
const plain = new Set([
  'id',
  'class',
  'href',
  'src',
  'action',
  'method',
  'type',
  'name',
  'value',
  'placeholder',
  'alt',
  'title',
  'for',
  'checked',
  'disabled',
  'readonly',
  'required',
  'selected',
  'open',
  'hidden',
  'colspan',
  'rowspan',
  'min',
  'max',
  'maxlength',
  'pattern',
  'target',
  'contenteditable',
  'part',
  'slot',
  'is',
  'autocomplete',
  'inputmode',
]);
const byPrefix =
  /^(aria-|data-(test|cy|qa|e2e|component|source|loc|insp|inspector|locator|v-inspector|sentry-|astro-source|sveltekit|state|id$|key$|action$|name$|type$|variant$))/;
/** Said already by role and name. */
const spoken = new Set(['aria-label', 'aria-labelledby', 'alt']);

const attributeMaxChars = 120;
const classesMax = 6;

export function attributesOf(element: Element, redactor: Redactor): Record<string, string> | undefined {
  const result: Record<string, string> = {};
  for (const name of element.getAttributeNames()) {
    if (spoken.has(name) || !(plain.has(name) || byPrefix.test(name))) continue;
    const value = shortened(name, element.getAttribute(name) ?? '');
    if (value === null) continue;
    result[name] = redactor.value(name, value).slice(0, attributeMaxChars * 2);
  }
  const typed = typedValue(element);
  if (typed !== null) result.value = redactor.value(labelOf(element), typed).slice(0, attributeMaxChars * 2);
  return Object.keys(result).length > 0 ? result : undefined;
}

function shortened(name: string, value: string): string | null {
  if (name === 'class') return value.trim().split(/\s+/).slice(0, classesMax).join(' ') || null;
  if (/^(data|blob|javascript):/i.test(value)) return `${value.slice(0, value.indexOf(':') + 1)}…`;
  // Where it is cut it is taken out, too: half a secret is still one.
  return value.length > 2000 ? `${value.slice(0, 2000)}…` : value;
}

/** What somebody typed is a property, not an attribute. */
function typedValue(element: Element): string | null {
  if (element.localName !== 'input' && element.localName !== 'textarea' && element.localName !== 'select')
    return null;
  const { value, type } = element as HTMLInputElement;
  return typeof value !== 'string' || value === '' || type === 'file' ? null : value.slice(0, 2000);
}

const labelOf = (element: Element) => element.getAttribute('name') ?? element.id;

/** Source places that build plugins write into attributes. */
const placeNames = [
  'data-source',
  'data-source-loc',
  'data-loc',
  'data-locatorjs',
  'data-insp-path',
  'data-inspector',
  'data-v-inspector',
  'data-component-source',
  'data-component-path',
  'data-astro-source-loc',
  'data-sentry-source-file',
];

export type AttributePlace = { file: string; line?: number | undefined; column?: number | undefined };

export function placeFromAttributes(element: Element): AttributePlace | null {
  const inParts = {
    file:
      element.getAttribute('data-inspector-relative-path') ??
      element.getAttribute('data-source-file') ??
      element.getAttribute('data-astro-source-file'),
    line: Number(element.getAttribute('data-inspector-line') ?? element.getAttribute('data-source-line')),
    column: Number(
      element.getAttribute('data-inspector-column') ?? element.getAttribute('data-source-column'),
    ),
  };
  if (inParts.file)
    return {
      file: inParts.file.slice(0, 400),
      line: inParts.line || undefined,
      column: inParts.column || undefined,
    };
  for (const name of placeNames) {
    const value = element.getAttribute(name);
    // path:line:column, perhaps with a tag behind it; a path has an ending.
    const match =
      value && value.length < 500 ? /^([^\s:]*[^\s:/]\.\w{1,8})(?::+(\d+))?(?::+(\d+))?/.exec(value) : null;
    if (match?.[1])
      return {
        file: match[1],
        line: Number(match[2]) || undefined,
        column: match[3] === undefined ? undefined : Number(match[3]),
      };
  }
  return null;
}

/** Of the element or the nearest one around it. */
export function placeAround(
  element: Element,
  parentOf: (element: Element) => Element | null,
): AttributePlace | null {
  for (let at: Element | null = element, n = 0; at && n < 40; at = parentOf(at), n++) {
    const place = placeFromAttributes(at);
    if (place) return place;
  }
  return null;
}
