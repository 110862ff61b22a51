import { liveMask, type MaskStream } from './liveMask.ts';

/** Shorter values are everywhere: to replace them would only garble what is shown. */
const shortestChars = 6;

export type { MaskStream };
export type Mask = {
  text(text: string): string;
  stream(): MaskStream;
  /** For what is typed while somebody watches: a key is not held back for what may follow. */
  live(): MaskStream;
};

/** Replaces secrets by `[secret NAME]`: as they are, as base64 and as inside of a JSON string. */
export function createMask(secrets: { name: string; value: string; proxied?: true }[]): Mask {
  const names = new Map<string, string>();
  // A sentinel is worth nothing, and whoever writes a file with it has to see it.
  for (const { name, value } of secrets.filter(({ proxied }) => !proxied))
    for (const form of formsOf(value)) if (!names.has(form)) names.set(form, name);
  // Of two that begin at the same place the longer is meant.
  const forms = [...names.keys()].toSorted((a, b) => b.length - a.length);
  if (forms.length === 0) return { text: text => text, stream: passing, live: passing };
  const pattern = new RegExp(forms.map(form => RegExp.escape(form)).join('|'), 'g');
  const nameOf = (form: string) => `[secret ${names.get(form)}]`;
  const text = (whole: string) => whole.replace(pattern, nameOf);
  const findAll = (whole: string) =>
    [...whole.matchAll(fresh(pattern))].map(({ index, 0: form }) => ({
      from: index,
      end: index + form.length,
      shown: nameOf(form),
    }));

  return {
    text,
    live: () => liveMask(findAll, whole => undecidedFrom(whole, pattern, forms)),
    stream: () => {
      let held = '';
      return {
        push: chunk => {
          const whole = held + chunk;
          const from = undecidedFrom(whole, pattern, forms);
          held = whole.slice(from);
          return text(whole.slice(0, from));
        },
        end: () => {
          const rest = held;
          held = '';
          return text(rest);
        },
      };
    },
  };
}

/** One that looks from the beginning, wherever the other stands. */
const fresh = (pattern: RegExp) => new RegExp(pattern);

const passing = (): MaskStream => ({ push: chunk => chunk, end: () => '' });

/** Where the end of a text begins that more text may make a secret of, or a longer one. */
function undecidedFrom(whole: string, pattern: RegExp, forms: string[]): number {
  const longest = forms[0]?.length ?? 0;
  const mayBegin = (at: number) => {
    const tail = whole.slice(at);
    return forms.some(form => form.length > tail.length && form[0] === tail[0] && form.startsWith(tail));
  };
  let from = Math.max(0, whole.length - longest + 1);
  while (from < whole.length && !mayBegin(from)) from++;
  // What begins inside of a secret that is whole already is no beginning.
  pattern.lastIndex = 0;
  for (let found = pattern.exec(whole); found; found = pattern.exec(whole)) {
    if (found.index >= from) break;
    while (from < whole.length && (from < pattern.lastIndex || !mayBegin(from))) from++;
  }
  return from;
}

function formsOf(value: string): string[] {
  const plain = [value, value.trim()].filter(text => text.length >= shortestChars);
  const escaped = plain.map(text => JSON.stringify(text).slice(1, -1));
  return [...new Set([...plain, ...escaped, ...plain.flatMap(base64Forms)])];
}

/** A whole one, and the middles that it has inside of longer base64, where its bytes begin at any of three places. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const whole = bytes.toString('base64');
  const middles = [0, 1, 2].map(shift => {
    const inside = Buffer.concat([Buffer.alloc(shift), bytes]);
    // A character of base64 has 6 bits: the first that is all ours, and the one behind the last.
    return inside.toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor((inside.length * 8) / 6));
  });
  return [whole, whole.replace(/={1,2}$/, ''), bytes.toString('base64url'), ...middles].filter(
    form => form.length >= shortestChars,
  );
}
