import type { EventDataOf } from '@deckhand/shared';
import type { View } from '@deckhand/shared/view';
import { count, duration, outcomeWord, plural, shortModel } from '@deckhand/shared/words';
import { buttons, context, type Message, section } from './blocks.ts';
import { type Shown, sessionUrl, testsText, turnValue } from './live.ts';
import { escaped, pieces, sectionChars, shortened, toMrkdwn } from './mrkdwn.ts';
import { changeText, filesText, outcomeSign } from './texts.ts';
import { type Work, workOf } from './work.ts';

export type Ended = Shown & {
  finished: EventDataOf<'turn.finished'>;
  /** Of whoever should be told, in Slack. */
  mention: string | null;
  /** Somebody who prompted has not linked their GitHub account, and this server has a sign-in. */
  unlinked: boolean;
};

/** Longer answers go to a file. */
const shownPieces = 3;

/** What a turn came to: the answer, what changed, the change, how long, how much. `whole`: the answer where it is cut. */
export function endMessage(view: View, ended: Ended): Message & { whole: string | null } {
  const { finished, mention } = ended;
  const work = workOf(view, ended.turnId);
  const { outcome } = finished;
  const said = answerOf(work, finished);
  const answer = pieces(toMrkdwn(said), shownPieces);
  const to = mention && outcome !== 'done' ? `<@${mention}> ` : '';
  const title = `${to}${outcomeSign[outcome]} *${outcomeWord[outcome]}*`;
  const [first = '', ...rest] = answer.pieces;
  const cut = answer.cut ? '_The whole answer is in the file below._' : '';
  return {
    text: `${outcomeWord[outcome]}: ${escaped(shortened(said, 150))}`,
    whole: answer.cut ? said : null,
    blocks: [
      section(`${title}\n${first}`.trim()),
      ...rest.map(section),
      ...(cut ? context(cut) : []),
      ...resultBlocks(work, ended),
      ...choiceButtons(ended),
      ...context(costText(work, finished), tookText(work), modelText(view, work)),
      ...buttons(
        outcome === 'over_budget' ? goOnButton(ended) : null,
        outcome === 'failed' || outcome === 'stopped'
          ? { label: 'Retry', action: 'retry', value: turnValue(ended), style: 'primary' }
          : null,
        { label: 'Open session', action: 'open', url: sessionUrl(ended) },
        ended.unlinked ? { label: 'Link GitHub', action: 'link' } : null,
      ),
    ],
  };
}

function answerOf(work: Work, { outcome, question, error }: EventDataOf<'turn.finished'>): string {
  const last = work.messages.at(-1)?.text ?? '';
  if (outcome === 'asked' && question) return last && last !== question ? `${last}\n\n${question}` : question;
  if (error) return last ? `${last}\n\n${error.message}` : error.message;
  if (outcome === 'stopped' && !last)
    return 'It stopped before it said anything. What was done so far is kept.';
  return last;
}

function resultBlocks(work: Work, { unlinked }: Ended) {
  const change = work.change && work.files.files.length > 0 ? changeText(work.change) : '';
  const waits =
    unlinked && work.files.files.length > 0 && work.change?.state !== 'open' && !work.change?.waits
      ? 'The pull request will be opened when you link GitHub.'
      : '';
  const lines = [filesText(work.files), testsText(work), change, waits, ...work.notices.map(escaped)];
  const said = lines.filter(Boolean);
  return said.length === 0 ? [] : [section(said.join('\n').slice(0, sectionChars))];
}

function choiceButtons({ finished, sessionId, turnId }: Ended) {
  const { outcome, choices = [] } = finished;
  if (outcome !== 'asked' || choices.length === 0) return [];
  const all = choices.slice(0, 10).map((label, i) => ({
    label,
    action: 'answer',
    value: JSON.stringify({ sessionId, turnId, n: i, text: label.slice(0, 1500) }),
  }));
  return [...buttons(...all), ...context('Choose, or answer in the thread in your own words.')];
}

/** The next turn goes on from the context of this one. */
const goOnButton = ({ sessionId, turnId }: Ended) => ({
  label: 'Continue',
  action: 'continue',
  value: JSON.stringify({ sessionId, turnId }),
  style: 'primary' as const,
});

function costText(_work: Work, { usage, costUsd }: EventDataOf<'turn.finished'>): string {
  if (usage.steps === 0) return '';
  const steps = plural(usage.steps, 'step');
  if (costUsd !== undefined) return `$${costUsd.toFixed(costUsd < 0.1 ? 4 : 2)}, ${steps}`;
  return `${count(usage.inputTokens + usage.outputTokens)} tokens, ${steps}`;
}

const tookText = ({ end }: Work) => (end?.durationMs == null ? '' : duration(end.durationMs));

function modelText(view: View, work: Work): string {
  const turn = view.items.findLast(item => item.kind === 'turn' && item.turnId === work.end?.turnId);
  return turn?.kind === 'turn' ? escaped(shortModel(turn.model)) : '';
}
