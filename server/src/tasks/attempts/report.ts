import type { Evidence } from '@deckhand/shared';
import type { AttemptGroup } from '../../sessions/attempts/attemptRecords.ts';
import { wordsOf } from './score.ts';

export type Compared = { n: number; label: string; evidence: Evidence | null; rank: number | null };

/** For a change's words: what was compared, and why this one was taken. Markdown. */
export function reportOf(
  group: Pick<AttemptGroup, 'text'>,
  { n, all, by }: { n: number; all: readonly Compared[]; by: string },
): string {
  const taken = all.find(each => each.n === n);
  const rows = all.map(({ n: each, label, evidence, rank }) => {
    const words = evidence ? wordsOf(evidence) : ['Was still at work'];
    const cells = [
      `${each === n ? '**Taken** ' : ''}${label}`,
      rank === null ? '–' : String(rank),
      words.join('; '),
    ];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  const review = taken?.evidence?.review;
  return [
    `${all.length} attempts were made at this; ${by} took one of them.`,
    `> ${cell(group.text.trim().split('\n')[0] ?? '')}`,
    ['| attempt | place | evidence |', '|---|---|---|', ...rows].join('\n'),
    ...(review && review.findings > 0 ? [`What the reviewer found:\n\n${review.text}`] : []),
  ].join('\n\n');
}

/** Words of agents and people stay in their cell. */
const cell = (text: string) =>
  text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll('|', '\\|')
    .slice(0, 600);
