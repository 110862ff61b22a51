import { type Found, findServiceKeys } from './secrets.ts';

type Pattern = { kind: string; pattern: RegExp; group?: number; holds?: (match: string) => boolean };

/** What gives access, whoever issued it. Each is linear in the length of the text. */
const patterns: readonly Pattern[] = [
  {
    kind: 'private key',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
  // Cut at the end, too: the first part alone says that it is one.
  { kind: 'JWT', pattern: /\bey[JI][\w-]{8,}(?:\.[\w-]*){0,4}/g },
  {
    kind: 'bearer token',
    pattern: /\b(?:bearer|basic|token)\s+([\w.~+/=-]{12,})/gi,
    group: 1,
    holds: isMixed,
  },
  {
    kind: 'secret',
    // name = value, name: value, "name":"value", name%3Dvalue, in whatever notation.
    pattern:
      /(?<![\w-])[\w-]*(?:passw(?:or)?d|passwort|passphrase|secret|api[_-]?key|apikey|access[_-]?key|private[_-]?key|auth[_-]?(?:key|token)|(?:access|refresh|id|session|csrf|xsrf|auth|api|bearer)[_-]?token|client[_-]?secret|credential|sessionid|session_id|otp|one[_-]?time[_-]?code|authorization)s?["'\\]*\s{0,4}(?:=>|[:=]|%3[ad])\s{0,4}["'\\]{0,3}\s?(?:bearer\s+|basic\s+)?([^\s"'\\&<>,;{}[\]()]{3,})/gi,
    group: 1,
    holds: value => !/^(?:true|false|null|undefined|required|ƒ|•+|\*+|\[removed)/.test(value),
  },
  // In an address: token=…, code=…, sig=…, key=…
  {
    kind: 'secret in a URL',
    pattern:
      /[?&#;](?:[\w-]*token|code|sig|signature|x-amz-[\w-]+|key|auth|sid|session|ticket|state|assertion|samlresponse|jwt|pwd|hash|nonce)=([^\s&"'<>#]{6,})/gi,
    group: 1,
  },
  {
    kind: 'login in a URL',
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/([^\s:@/"'<>]{1,100}:[^\s@/"'<>]{1,200})@/gi,
    group: 1,
  },
  {
    kind: 'key',
    pattern:
      /\b(?:sk|pk|rk|ghp|gho|ghs|ghu|ghr|github_pat|glpat|xox[abeoprs]|xapp|npm|hf|dop_v1|shpat|shpss|sq0atp|sq0csp|rzp_live|rzp_test|key|AKIA|ASIA|AIza|ya29|SG|AC|SK|eyJ)[-_.A-Za-z0-9]{16,}/g,
    holds: isMixed,
  },
  { kind: 'card number', pattern: /(?<![\d.-])(?:\d[ -]?){12,18}\d(?![\d-])/g, holds: isCardNumber },
  {
    kind: 'bank account',
    pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/g,
    holds: isIban,
  },
  { kind: 'social security number', pattern: /(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])/g },
  // Long, of one word, and of too many different letters to be a name.
  {
    kind: 'long random text',
    pattern: /(?<![\w/+=-])[A-Za-z0-9_+/-]{32,}={0,2}(?![\w/+=-])/g,
    holds: isRandom,
  },
];

/** Where secrets stand in a text, in order and without overlap. */
export function findSecrets(text: string): Found[] {
  if (text.length < 6) return [];
  const all: Found[] = findServiceKeys(text);
  for (const { kind, pattern, group = 0, holds } of patterns) {
    for (const match of text.matchAll(pattern)) {
      const value = match[group] ?? '';
      if (value === '' || (holds && !holds(value))) continue;
      const from = group === 0 ? match.index : match.index + match[0].lastIndexOf(value);
      all.push({ from, to: from + value.length, kind });
    }
  }
  all.sort((a, b) => a.from - b.from || b.to - a.to);
  const apart: Found[] = [];
  for (const one of all) {
    const last = apart.at(-1);
    if (last && one.from < last.to) last.to = Math.max(last.to, one.to);
    else apart.push({ ...one });
  }
  return apart;
}

function isMixed(value: string): boolean {
  return /\d/.test(value) && /[a-z]/i.test(value);
}

function isRandom(value: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter(kind => kind.test(value)).length;
  const isHex = /^[0-9a-f]+$/i.test(value) && /\d/.test(value);
  if (isHex) return new Set(value).size > 6;
  // A path or a name in kebab or snake case has words; a key has none.
  if (/^[a-z]+(?:[-_/][a-z]+)+\d*$/i.test(value)) return false;
  return kinds >= 2 && /\d/.test(value) && entropyOf(value) > 3.5;
}

/** Bits a letter. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Luhn's check: of random numbers nine in ten fail it. */
function isCardNumber(value: string): boolean {
  const digits = [...value].filter(letter => letter >= '0' && letter <= '9').map(Number);
  if (digits.length < 13 || digits.length > 19 || new Set(digits).size === 1) return false;
  const sum = digits.toReversed().reduce((total, digit, place) => {
    const worth = place % 2 === 0 ? digit : digit * 2;
    return total + (worth > 9 ? worth - 9 : worth);
  }, 0);
  return sum % 10 === 0;
}

function isIban(value: string): boolean {
  const plain = value.replaceAll(' ', '');
  if (plain.length < 15 || plain.length > 34) return false;
  let rest = 0;
  for (const letter of plain.slice(4) + plain.slice(0, 4)) {
    const worth = /\d/.test(letter) ? letter : String(letter.charCodeAt(0) - 55);
    for (const digit of worth) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}
