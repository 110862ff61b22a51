import { isUtf8 } from 'node:buffer';
import chardet from 'chardet';
import iconv from 'iconv-lite';

/** A file's text with what is needed to write it back to the byte. */
export type Text = {
  /** Without the byte order mark. */
  text: string;
  /** As the WHATWG or IANA names it: `UTF-8`, `Shift_JIS`. */
  encoding: string;
  bom: boolean;
};

const marks: [string, number[]][] = [
  ['UTF-8', [0xef, 0xbb, 0xbf]],
  ['UTF-16LE', [0xff, 0xfe]],
  ['UTF-16BE', [0xfe, 0xff]],
];
/** Guessing looks at so much, and so many guesses are tried on all of it: both block everything else in here. */
const guessBytes = 64 * 1024;
const mostGuesses = 4;
/** Where a guess fails: the first maps nearly every byte, the second every one. */
const fallbacks = ['windows-1252', 'ISO-8859-1'];

export const isKnownEncoding = (name: string): boolean => iconv.encodingExists(name);

export const hasMark = (bytes: Buffer): boolean =>
  marks.some(([, mark]) => Buffer.from(mark).equals(bytes.subarray(0, mark.length)));

/**
 * Text of bytes: by their mark, as UTF-8, as `asked`, or as what they look like. Undefined where they are no text of
 * it: only what gives the very same bytes back counts.
 */
export function decode(bytes: Buffer, asked?: string): Text | undefined {
  for (const [encoding, mark] of marks) {
    if (Buffer.from(mark).equals(bytes.subarray(0, mark.length)))
      return roundTrip(bytes, { encoding, bom: true });
  }
  if (asked) return roundTrip(bytes, { encoding: asked, bom: false });
  if (isUtf8(bytes)) return { text: bytes.toString('utf8'), encoding: 'UTF-8', bom: false };
  const guesses = chardet.analyse(bytes.subarray(0, guessBytes)).map(({ name }) => name);
  const likely = guesses.filter(name => !/^(UTF|ASCII)/.test(name)).slice(0, mostGuesses);
  for (const encoding of [...likely, ...fallbacks]) {
    const text = isKnownEncoding(encoding) && roundTrip(bytes, { encoding, bom: false });
    if (text) return text;
  }
  return undefined;
}

function roundTrip(bytes: Buffer, as: Omit<Text, 'text'>): Text | undefined {
  const text = iconv.decode(bytes, as.encoding, { stripBOM: as.bom });
  return iconv.encode(text, as.encoding, { addBOM: as.bom }).equals(bytes) ? { ...as, text } : undefined;
}

/** Undefined where the encoding lacks a character of it. */
export function encode(text: string, { encoding, bom }: Omit<Text, 'text'>): Buffer | undefined {
  const bytes = iconv.encode(text, encoding, { addBOM: bom });
  return iconv.decode(bytes, encoding, { stripBOM: bom }) === text ? bytes : undefined;
}
