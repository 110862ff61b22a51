import type { ChildState, ShownChild } from '@deckhand/shared';
import { childText } from '@deckhand/shared/words';
import { section } from './blocks.ts';
import { escaped, link, shortened } from './mrkdwn.ts';

const signs: Record<ChildState, string> = {
  works: ':arrow_forward:',
  blocked: ':raised_hand:',
  ended: ':small_blue_diamond:',
};
const shownChildren = 10;

/** One line for each session that the agent began, newest last; `pageUrl`: of the session that began them. */
export function childBlocks(children: readonly ShownChild[], pageUrl: string) {
  if (children.length === 0) return [];
  const shown = children.slice(-shownChildren);
  const before = children.length - shown.length;
  return [
    section(
      [
        ...(before > 0 ? [`_${before} sessions before_`] : []),
        ...shown.map(child => lineOf(child, pageUrl)),
      ].join('\n'),
    ),
  ];
}

function lineOf(child: ShownChild, pageUrl: string): string {
  const { childId, title, repo, state } = child;
  const url = pageUrl.replace(/(?<![^/])[^/]+$/, childId);
  return `${signs[state]} ${link(url, shortened(title, 80))}${repo ? ` on ${escaped(repo)}` : ''}: ${escaped(shortened(childText(child), 120))}`;
}
