import { findSecrets, inOnePiece } from '../../delivery/guard/scanText.ts';
import type { SecretScanner } from '../../delivery/guard/secretScanner.ts';
import type { Mask } from '../../sandboxes/acquire/secretMask.ts';

const hidden = '[hidden]';
/** A longer one is not looked through, and not told: no expression is to hang on it. */
const mostChars = 2_000;
/** What follows these is nobody's to read, whatever it looks like. */
const givenAs = [
  /((?:bearer|basic)\s+)([\w.~+/=-]+)/gi,
  /((?:(?:pass(?:word|wd|phrase)?|secret|token|api_?key|access_?key|credential)\w*|auth(?:orization)?)\s*[=:]\s*)("[^"]*"|'[^']*'|\S+)/gi,
  /(--?(?:password|passphrase|secret|token|api-key|auth|user|u)[= ]\s*)("[^"]*"|'[^']*'|\S+)/gi,
  /(\w+:\/\/[^\s:@/]*:)([^\s@]+)(?=@)/g,
];

/**
 * What people typed, without secrets: values of the repository's own, what looks like a key, and what is given as one.
 * Null where it could not be looked through.
 */
export async function hideSecrets(
  typed: readonly string[],
  { mask, scanner }: { mask: Mask; scanner: SecretScanner },
): Promise<string[] | null> {
  if (typed.length === 0) return [];
  const texts = typed.map(text =>
    text.length > mostChars
      ? `(a command of ${text.length} characters)`
      : givenAs.reduce((masked, given) => masked.replaceAll(given, `$1${hidden}`), mask.text(text)),
  );
  try {
    const found = await findSecrets(
      scanner,
      { path: 'typed', chunks: inOnePiece(texts.join('\n')) },
      new AbortController().signal,
    );
    const values = found.map(({ value }) => value).toSorted((a, b) => b.length - a.length);
    return texts.map(text => values.reduce((masked, value) => masked.replaceAll(value, hidden), text));
  } catch {
    return null;
  }
}
