/** How a reviewer is to end, so that it can be told what it came to. */
export const verdictForm =
  'End with a line that says `Verdict: done`, or `Verdict: not done: ` and why in a sentence. Without that line nothing counts as done.';

export type Verdict = { done: boolean; why: string };

/** What a reviewer's last line says; null where it is none. The last word counts, whatever was quoted before. */
export function verdictOf(text: string): Verdict | null {
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  const [, said] = /^[\s*_`>-]*verdict[\s*_`]*:[\s*_`]*(.+?)[\s*_`]*$/i.exec(last) ?? [];
  if (said === undefined) return null;
  if (/^(done|ready)\b/i.test(said)) return { done: true, why: said };
  const [, why] = /^not (?:done|ready)\b[\s:.,*_`-]*(.*)$/i.exec(said) ?? [];
  return why === undefined ? null : { done: false, why: why || 'it does not say why' };
}
