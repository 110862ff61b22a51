/** Values of somebody else's code as short texts. Nothing here runs a getter, and nothing throws. */
export type Bounds = { chars: number; entries: number; depth: number };
export const defaultBounds: Bounds = { chars: 160, entries: 12, depth: 2 };

export function summariseAll(values: unknown, { entries, ...rest }: Bounds): Record<string, string> {
  const result: Record<string, string> = {};
  const names = namesOf(values);
  for (const name of names.slice(0, entries)) {
    if (name === 'children' && isElementLike(heldIn(values, name).value)) continue;
    result[name.slice(0, 60)] = summarise(heldIn(values, name), { entries, ...rest });
  }
  if (names.length > entries) result['…'] = `${names.length - entries} more`;
  return result;
}

type Held = { value?: unknown; getter?: boolean; failed?: boolean };

function heldIn(holder: unknown, name: string): Held {
  try {
    const property = Object.getOwnPropertyDescriptor(holder, name);
    if (!property) return { value: undefined };
    return 'value' in property ? { value: property.value } : { getter: true };
  } catch {
    return { failed: true };
  }
}

function namesOf(value: unknown): string[] {
  try {
    return typeof value === 'object' && value !== null ? Object.keys(value) : [];
  } catch {
    return []; // a proxy that refuses
  }
}

export function summarise(held: Held, bounds: Bounds, seen: readonly unknown[] = []): string {
  if (held.failed) return '(cannot be read)';
  if (held.getter) return '(getter)';
  try {
    return cut(written(held.value, bounds, seen), bounds.chars);
  } catch {
    return '(cannot be read)';
  }
}

function written(value: unknown, bounds: Bounds, seen: readonly unknown[]): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, bounds.chars));
  if (typeof value === 'function') return 'ƒ';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return 'symbol';
  if (typeof value !== 'object' || value === null) return String(value);
  if (seen.includes(value)) return '(circular)';
  if (isElementLike(value)) return '<element>';
  if (value instanceof Node) return `<${value.nodeName.toLowerCase()}>`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no date' : value.toISOString();
  if (value instanceof Map || value instanceof Set)
    return `${value instanceof Map ? 'Map' : 'Set'}(${value.size})`;
  if (value instanceof Error) return 'Error';
  const inside = [...seen, value];
  if (Array.isArray(value)) {
    if (bounds.depth <= 0) return `[${value.length}]`;
    const shown = value.length === 0 ? [] : [summarise(heldIn(value, '0'), deeper(bounds), inside)];
    return `[${shown.join('')}${value.length > 1 ? `, … ${value.length} in all` : ''}]`;
  }
  const names = namesOf(value);
  if (bounds.depth <= 0) return names.length > 0 ? '{…}' : '{}';
  const few = names.slice(0, 5);
  const parts = few.map(name => `${name}:${summarise(heldIn(value, name), deeper(bounds), inside)}`);
  return `{${parts.join(', ')}${names.length > few.length ? ', …' : ''}}`;
}

const deeper = ({ chars, entries, depth }: Bounds): Bounds => ({
  chars: Math.min(chars, 60),
  entries,
  depth: depth - 1,
});
/** Long enough that a secret is still recognised as one where it is taken out. */
const cut = (text: string, chars: number) => (text.length > chars ? `${text.slice(0, chars)}…` : text);

function isElementLike(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isElementLike);
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '$$typeof');
}
