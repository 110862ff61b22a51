/** The beginning of a text, at most so many UTF-16 units; never half of a pair. */
export function startOf(text: string, chars: number): string {
  if (text.length <= chars) return text;
  return text.slice(0, isHighSurrogate(text.charCodeAt(chars - 1)) ? chars - 1 : chars);
}

/** The beginning of a text, at most so many bytes of UTF-8; whole code points only. */
export function startOfBytes(text: string, bytes: number): string {
  // No encoding of a unit is shorter than a byte.
  const { read } = new TextEncoder().encodeInto(startOf(text, bytes), new Uint8Array(bytes));
  return text.slice(0, read);
}

/** The end of a text, likewise. */
export function endOf(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const from = text.length - chars;
  return text.slice(isLowSurrogate(text.charCodeAt(from)) ? from + 1 : from);
}

/** The first half of a pair: it may not be the last of what is cut off. */
export const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;
