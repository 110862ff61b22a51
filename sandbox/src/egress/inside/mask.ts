import { Transform } from 'node:stream';
import type { ProxySecret } from '../rules/sandboxRules.ts';
import { formsOf } from './secretForms.ts';

export type Mask = {
  /** Of a header: characters are bytes. */
  text(text: string): string;
  /** For a body, however it is cut into chunks. */
  stream(): Transform;
};

/** Puts sentinels back where a host answers with values. */
export function createMask(secrets: readonly Pick<ProxySecret, 'sentinel' | 'value'>[]): Mask | undefined {
  const sentinels = new Map<string, string>();
  for (const { sentinel, value } of secrets)
    for (const form of value === undefined ? [] : formsOf(value))
      if (!sentinels.has(form)) sentinels.set(form, sentinel);
  if (sentinels.size === 0) return undefined;
  // Of two that begin at the same place the longer is meant.
  const forms = [...sentinels.keys()].toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(forms.map(form => RegExp.escape(form)).join('|'), 'g');
  const text = (whole: string) => whole.replace(pattern, form => sentinels.get(form) ?? '');
  return { text, stream: () => maskStream(forms, pattern, text) };
}

function maskStream(forms: readonly string[], pattern: RegExp, text: (whole: string) => string): Transform {
  let held = '';
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const whole = held + chunk.toString('latin1');
      const from = undecidedFrom(whole, pattern, forms);
      held = whole.slice(from);
      done(null, Buffer.from(text(whole.slice(0, from)), 'latin1'));
    },
    flush(done) {
      done(null, Buffer.from(text(held), 'latin1'));
    },
  });
}

/** Where the end of a text begins that more text may make a secret of, or a longer one. */
function undecidedFrom(whole: string, pattern: RegExp, forms: readonly string[]): number {
  const longest = forms[0]?.length ?? 0;
  const mayBegin = (at: number) =>
    forms.some(
      form => form.length > whole.length - at && form[0] === whole[at] && form.startsWith(whole.slice(at)),
    );
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
