import { type Change, digest } from './change.ts';
import { encode, type Text } from './encoding.ts';
import { refusal, type ToolAnswer } from './tool.ts';

/** A change not yet made, and what is told once it is; or why there is none. */
export type Plan = { ok: true; change: Change; answer: ToolAnswer } | { ok: false; answer: ToolAnswer };

export const refused = (answer: ToolAnswer): Plan => ({ ok: false, answer });

type Planned = { path: string; before: string; content: Buffer; summary: string };

export const planned = ({ summary, ...change }: Planned): Plan => ({
  ok: true,
  change: { ...change, after: digest(change.content) },
  answer: { ok: true, summary, output: summary },
});

/** The file's encoding has no way to say what is to be in it. */
export function cannotEncode(name: string, text: string, as: Text): Plan {
  const missing = [...new Set(text)].filter(each => !encode(each, as)).slice(0, 5);
  const which = missing.map(each => `“${each}”`).join(', ') || 'way to say this';
  const why = `${name} is ${as.encoding}, which has no ${which}: nothing was written.`;
  return refused(refusal(`${why} Use other characters, or convert the file first.`));
}
