import { findSecrets } from './patterns.ts';

/** Takes secrets out of texts, and counts what it took. */
export type Redactor = {
  text(value: string): string;
  /** The value of something called `name`: a name may say that any value is private. */
  value(name: string, value: string): string;
  /** Counts a piece that was left out whole. */
  took(kind: string): void;
  counts(): Record<string, number>;
};

/** Names whose values are nobody's business. */
const privateName =
  /passw(or)?d|passwort|passphrase|secret|token|api[-_]?key|apikey|private[-_]?key|access[-_]?key|credential|authorization|\bauth\b|cookie|session[-_]?id|card[-_]?(number|no)|\bpan\b|cc[-_]?(num|number|csc|exp|name)|cvc|cvv|csc|security[-_]?(code|number)|\bpin\b|otp|one[-_]?time|\bssn\b|social[-_]?security|iban|tax[-_]?id|date[-_]?of[-_]?birth|\bdob\b/i;

/** `apiKey`, `API key` and `card_number` alike. */
const inWords = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, '$1-$2').replaceAll(/\s+/g, '-');

export const isPrivateName = (name: string) => privateName.test(inWords(name));
export const removed = (kind: string) => `[removed: ${kind}]`;

/** Shorter texts are too common to be hunted for. */
const tellingChars = 4;

/**
 * `known` are texts of the page's private parts: what a password field holds is private in a component's state, too,
 * whatever it is called there.
 */
export function createRedactor(known: Iterable<string> = []): Redactor {
  const hunted = [...new Set([...known].map(text => text.trim()))]
    .filter(text => text.length >= tellingChars)
    .toSorted((a, b) => b.length - a.length);
  const counts: Record<string, number> = {};
  const took = (kind: string) => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  const withoutKnown = (value: string): string => {
    let result = value;
    for (const one of hunted) {
      if (!result.includes(one)) continue;
      took('private value');
      result = result.replaceAll(one, removed('private value'));
    }
    return result;
  };
  const text = (given: string): string => {
    const value = withoutKnown(given);
    let result = '';
    let at = 0;
    for (const { from, to, kind } of findSecrets(value)) {
      took(kind);
      result += value.slice(at, from) + removed(kind);
      at = to;
    }
    return result + value.slice(at);
  };
  return {
    text,
    took,
    counts: () => ({ ...counts }),
    value(name, value) {
      if (!isPrivateName(name) || /^(true|false|null|undefined|ƒ.*|)$/.test(value)) return text(value);
      took('private value');
      return removed('private value');
    },
  };
}
