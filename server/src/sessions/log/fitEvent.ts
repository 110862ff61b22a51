import { limits } from '@deckhand/shared';

/** Room for seq and time, and for what the socket puts around it. */
const mostBytes = limits.eventBytes - 512;
/** Ids, urls and other short texts stay whole. */
const leastCutChars = 256;

type Leaf = { holder: Record<string, unknown> | unknown[]; key: string | number; size: number };

/**
 * An event as JSON, within the bytes that one may have: its longest texts are cut, then its longest lists, until it
 * fits. Whoever makes an event keeps the whole elsewhere (an artifact, the diff, the context); here nothing fails.
 */
export function fitEvent<T extends { data: unknown }>(event: T): string {
  const text = JSON.stringify(event);
  if (Buffer.byteLength(text) <= mostBytes) return text;
  const copy = JSON.parse(text) as { data: Record<string, unknown> };
  for (;;) {
    const json = JSON.stringify(copy);
    const over = Buffer.byteLength(json) - mostBytes;
    if (over <= 0) return json;
    const leaf = longest(copy.data, isLongText, bytesOf) ?? longest(copy.data, isLongList, bytesOf);
    if (leaf) cut(leaf, over);
    else shrinkInput(copy.data);
  }
}

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '');
const isLongText = (value: unknown) => typeof value === 'string' && value.length > leastCutChars;
const isLongList = (value: unknown) => Array.isArray(value) && value.length > 1;

/** The largest value of a kind, wherever it is. */
function longest(
  root: Record<string, unknown> | unknown[],
  fits: (value: unknown) => boolean,
  sizeOf: (value: unknown) => number,
): Leaf | null {
  let found: Leaf | null = null;
  const open: (Record<string, unknown> | unknown[])[] = [root];
  for (let holder = open.pop(); holder; holder = open.pop())
    for (const [key, value] of Object.entries(holder)) {
      if (fits(value)) {
        const size = sizeOf(value);
        if (!found || size > found.size) found = { holder, key, size };
      }
      if (typeof value === 'object' && value !== null) open.push(value as Record<string, unknown>);
    }
  return found;
}

function cut({ holder, key, size }: Leaf, over: number): void {
  const at = holder as Record<string | number, unknown>;
  const value = at[key];
  const share = Math.max(0, 1 - (over + 64) / size);
  if (Array.isArray(value)) {
    at[key] = value.slice(0, Math.min(value.length - 1, Math.floor(value.length * share)));
    return;
  }
  const whole = String(value);
  const chars = Math.max(leastCutChars / 2, Math.floor(whole.length * share * 0.98));
  // Not in the middle of a character of two units.
  const kept = whole.slice(0, chars).replace(/[\uD800-\uDBFF]$/, '');
  at[key] = `${kept}… [${whole.length - kept.length} more characters]`;
}

/** Arguments of a tool may have any shape: thousands of small fields that none of the above makes shorter. */
function shrinkInput(data: Record<string, unknown>): void {
  const [key] = Object.entries(data).toSorted(([, a], [, b]) => bytesOf(b) - bytesOf(a))[0] ?? [];
  if (key === undefined) throw new Error('an event without data is too large');
  data[key] = { cut: `${bytesOf(data[key])} bytes` };
}
