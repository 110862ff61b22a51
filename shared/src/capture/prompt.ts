import type { Capture } from './capture.ts';

/** How a pick is called in the prompt and in the list of what is sent. */
export function pickName(capture: Capture): string {
  const { node, components } = capture;
  const what = node.role ?? node.tag;
  const name = node.name ?? node.text;
  const drawnBy = components[0]?.name;
  return [what, name && JSON.stringify(name.slice(0, 60)), drawnBy && `(${drawnBy})`]
    .filter(Boolean)
    .join(' ');
}

export type Verdict = 'wanted' | 'no';

/** What goes back about a change that somebody has seen. */
export const verdictText = (verdict: Verdict, words: string) =>
  verdict === 'wanted'
    ? `This is what I meant.${words ? ` ${words}` : ''}`
    : `No, this is not what I meant.${words ? ` ${words}` : ' Look at the element and at what I asked for again.'}`;
