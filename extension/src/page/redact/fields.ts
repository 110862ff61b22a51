import { isPrivateName } from './redactor.ts';

/** Autocomplete words whose fields nobody else should read. */
const privateAutocomplete =
  /^(current-password|new-password|one-time-code|cc-|bday|transaction-amount|webauthn)/;

/** Marks that other tools already ask pages to put on private parts. */
const marks = [
  '[data-private]',
  '[data-sensitive]',
  '[data-redact]',
  '[data-dd-privacy="mask"]',
  '[data-dd-privacy="hidden"]',
  '[data-hj-suppress]',
  '[data-sentry-mask]',
  '[data-sentry-block]',
  '[data-rr-mask]',
  '.rr-block',
  '.rr-mask',
  '.sentry-mask',
  '.sentry-block',
  '.fs-exclude',
  '.fs-mask',
];

/** One selector of all private parts; what an administrator wrote wrongly is left out rather than all of it. */
export function privateSelector(extra: readonly string[], document: Document): string {
  const valid = extra.filter(selector => {
    try {
      document.createDocumentFragment().querySelector(selector);
      return selector.trim() !== '';
    } catch {
      return false;
    }
  });
  return [...marks, ...valid].join(',');
}

/** What kind of private part an element is by itself; null where it is none. */
export function privateKind(element: Element, selector: string): string | null {
  if (element.matches(selector)) return 'part marked private';
  const tag = element.localName;
  if (tag !== 'input' && tag !== 'textarea' && tag !== 'select') return null;
  const type = (element.getAttribute('type') ?? '').toLowerCase();
  if (type === 'password') return 'password field';
  if (type === 'hidden') return 'hidden field';
  const autocomplete = (element.getAttribute('autocomplete') ?? '').toLowerCase().split(/\s+/);
  if (autocomplete.some(word => privateAutocomplete.test(word))) return 'private field';
  const names = ['name', 'id', 'aria-label', 'placeholder', 'data-testid', 'ng-model', 'formcontrolname'];
  const labels = 'labels' in element ? [...((element as HTMLInputElement).labels ?? [])] : [];
  const said = [
    ...names.map(name => element.getAttribute(name) ?? ''),
    ...labels.map(label => label.textContent ?? ''),
  ];
  return said.some(isPrivateName) ? 'private field' : null;
}

/** The private part that an element lies in, itself included, through shadow roots; null where it lies in none. */
export function privateAround(element: Element, selector: string): Element | null {
  for (let at: Element | null = element; at; ) {
    if (privateKind(at, selector)) return at;
    const root: Node = at.getRootNode();
    at = at.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
  }
  return null;
}
