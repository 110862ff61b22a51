import { isUtf8 } from 'node:buffer';
import { stripVTControlCharacters } from 'node:util';

/**
 * Output of a command as text to read: without colours, each line as it stood at last where carriage returns wrote over
 * it, and with bytes that are no text written out (`\x00`, `\xff`).
 */
export function shownOutput(bytes: Buffer): string {
  const plain = stripVTControlCharacters(isUtf8(bytes) ? bytes.toString('utf8') : withBytesShown(bytes));
  const lines = plain.includes('\r') ? plain.split('\n').map(foldLine).join('\n') : plain;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return lines.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, hex);
}

const hex = (char: string) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** A progress bar is its last state; that there were others is said. */
function foldLine(line: string): string {
  const states = line.split('\r').filter(state => state !== '');
  const last = states.at(-1) ?? '';
  return states.length > 1 ? `[${states.length - 1}× overwritten] ${last}` : last;
}

/** Longest form of a character in UTF-8. */
const mostCharBytes = 4;

function withBytesShown(bytes: Buffer): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = charLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    parts.push(bytes.toString('utf8', from, at), hex(String.fromCharCode(bytes[at] ?? 0)));
    at += 1;
    from = at;
  }
  parts.push(bytes.toString('utf8', from));
  return parts.join('');
}

/** Bytes of the character that begins at a place; 0 where none does. */
function charLength(bytes: Buffer, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? mostCharBytes : lead >= 0xe0 ? 3 : 2;
  return isUtf8(bytes.subarray(at, at + length)) && at + length <= bytes.length ? length : 0;
}
