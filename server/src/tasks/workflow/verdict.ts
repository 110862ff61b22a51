import { trimChars } from '../../platform/trimChars.ts';

const marks = ' \t*_`';

/** How a reviewer is to end, so that it can be told what it came to. */
export const verdictForm =
  'End with a line that says `Verdict: done`, or `Verdict: not done: ` and why in a sentence. Without that line nothing counts as done.';

export type Verdict = { done: boolean; why: string };

/** What a reviewer's last line says; null where it is none. The last word counts, whatever was quoted before. */
export function verdictOf(text: string): Verdict | null {
  const last = trimChars(text.trimEnd().split('\n').at(-1) ?? '', ' \t*_`>-');
  const colon = last.indexOf(':');
  if (colon < 0 || trimChars(last.slice(0, colon), marks).toLowerCase() !== 'verdict') return null;
  const said = trimChars(last.slice(colon + 1), marks);
  if (/^(done|ready)\b/i.test(said)) return { done: true, why: said };
  const [not] = /^not (?:done|ready)\b/i.exec(said) ?? [];
  if (not === undefined) return null;
  const why = said.slice(not.length).replace(/^[\s:.,*_`-]+/, '');
  return { done: false, why: why || 'it does not say why' };
}
