import { toolTitle } from '@deckhand/shared/toolWords';
import type { ToolItem, View } from '@deckhand/shared/view';
import { duration, outcomeWord } from '@deckhand/shared/words';
import { buttons, context, type Message, section } from './blocks.ts';
import { childBlocks } from './children.ts';
import { code, escaped, shortened } from './mrkdwn.ts';
import { taskBlocks } from './tasks.ts';
import { filesText, outcomeSign } from './texts.ts';
import { todoBlocks } from './todo.ts';
import { activityOf, isShownStep, type Work, workOf } from './work.ts';
import { workflowBlocks } from './workflow.ts';

export type Shown = {
  sessionId: string;
  turnId: string;
  /** Where the session's page is. */
  pageUrl: string;
  /** The server does not answer for now. */
  away?: boolean;
};

const shownSteps = 6;

/** The message that shows a turn while it runs, whole; once it has ended, what it did in a few lines. */
export function liveMessage(view: View, shown: Shown): Message {
  const work = workOf(view, shown.turnId);
  const ended = work.end !== null;
  const head = ended
    ? endedLine(work)
    : `:hourglass_flowing_sand: *Working*: ${escaped(activityLine(view, shown))}`;
  const tools = work.tools.filter(isShownStep);
  const steps = tools.slice(-shownSteps).map(stepLine);
  const before = tools.length - steps.length;
  const lines = [...(before > 0 ? [`_${before} earlier steps_`] : []), ...steps];
  const found = ended ? '' : lastWords(work);
  const away = shown.away
    ? ':warning: Deckhand does not answer for now. This goes on by itself when it is back.'
    : '';
  return {
    text: ended
      ? `${outcomeWord[work.end?.outcome ?? 'done']}`
      : `Working: ${escaped(activityLine(view, shown))}`,
    blocks: [
      section([head, found, ...lines].filter(Boolean).join('\n')),
      ...(ended ? [] : todoBlocks(view.head.todos)),
      ...(ended ? [] : workflowBlocks(view.head.workflow)),
      ...(ended ? [] : taskBlocks(work.items)),
      ...childBlocks(view.head.children, shown.pageUrl),
      ...context(away, filesText(work.files), testsText(work), whoText(view, work)),
      ...buttons(
        ended ? null : { label: 'Stop', action: 'stop', value: turnValue(shown), style: 'danger' },
        // Whoever else presses it is told that they have not got it.
        ended || !view.head.control
          ? null
          : { label: 'Hand back', action: 'hand_back', value: turnValue(shown) },
        { label: 'Open session', action: 'open', url: sessionUrl(shown) },
      ),
    ],
  };
}

export const turnValue = ({ sessionId, turnId }: { sessionId: string; turnId: string }) =>
  JSON.stringify({ sessionId, turnId });

/** The turn's id at its end lets a message be told from others of the same session. */
export const sessionUrl = ({ pageUrl, turnId }: Pick<Shown, 'pageUrl' | 'turnId'>) => `${pageUrl}#${turnId}`;

const activityLine = (view: View, { turnId }: Shown) => shortened(activityOf(view, turnId), 120);

function endedLine(work: Work): string {
  const { end } = work;
  if (!end) return '';
  const took = end.durationMs === null ? '' : ` in ${duration(end.durationMs)}`;
  return `${outcomeSign[end.outcome]} *${outcomeWord[end.outcome]}*${took}`;
}

export function stepLine(item: ToolItem): string {
  const { verb, object } = toolTitle(item.tool, item.input);
  const sign =
    item.state === 'running'
      ? ':arrow_forward:'
      : isGood(item)
        ? ':small_blue_diamond:'
        : ':small_orange_diamond:';
  const failed =
    item.state === 'finished' && !item.result.ok ? `: ${escaped(shortened(item.result.summary, 80))}` : '';
  return `${sign} ${escaped(verb)} ${object ? code(object) : ''}${failed}`;
}

const isGood = (item: ToolItem) => item.state === 'finished' && item.result.ok;

export const lastWords = (work: Work) => {
  const said = work.messages.at(-1)?.text;
  return said ? `>${escaped(shortened(said, 300))}` : '';
};

export const testsText = ({ tests }: Work) =>
  tests === null
    ? ''
    : tests === 'passed'
      ? ':large_green_circle: Tests passed'
      : ':red_circle: Tests failed';

/** Whose prompt it is, where several write. */
function whoText(view: View, { prompts }: Work): string {
  const names = [...new Set(prompts.map(({ author }) => author.name))];
  return view.head.authors.length > 1 && names.length > 0 ? `For ${escaped(names.join(' and '))}` : '';
}
