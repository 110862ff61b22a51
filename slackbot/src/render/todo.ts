import type { TodoItem, TodoStatus } from '@deckhand/shared';
import { todoText } from '@deckhand/shared/words';
import { section } from './blocks.ts';
import { escaped, sectionChars, shortened } from './mrkdwn.ts';

const signs: Record<TodoStatus, string> = {
  pending: ':white_large_square:',
  in_progress: ':arrow_forward:',
  done: ':white_check_mark:',
  dropped: ':heavy_minus_sign:',
};
const shownItems = 12;

/** The agent's own list as a checklist: of a long one what is done last and what comes next. */
export function todoBlocks(items: readonly TodoItem[]) {
  if (items.length === 0) return [];
  const next = items.findIndex(({ status }) => status !== 'done' && status !== 'dropped');
  const from = Math.max(0, Math.min((next < 0 ? items.length : next) - 3, items.length - shownItems));
  const lines = fitting(items.slice(from, from + shownItems).map(lineOf));
  const left = items.length - from - lines.length;
  return [
    section(
      [
        `*${todoText(items)}*`,
        ...(from > 0 ? [`_${from} before_`] : []),
        ...lines,
        ...(left > 0 ? [`_${left} more_`] : []),
      ].join('\n'),
    ),
  ];
}

/** Written out for Slack a character may take several. */
function fitting(lines: string[]): string[] {
  let chars = 100;
  const end = lines.findIndex(line => {
    chars += line.length + 1;
    return chars > sectionChars;
  });
  return end < 0 ? lines : lines.slice(0, end);
}

const lineOf = ({ text, status }: TodoItem) => {
  const words = escaped(shortened(text, 120));
  return `${signs[status]} ${status === 'dropped' ? `~${words}~` : words}`;
};
