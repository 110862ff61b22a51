import type { EventDataOf } from '@deckhand/shared';
import { plural } from '@deckhand/shared/words';
import { buttons, type Message, section } from './blocks.ts';
import { escaped, link, shortened } from './mrkdwn.ts';

type Place = { sessionId: string; pageUrl: string };

const urlOf = ({ pageUrl }: Place, childId: string) => pageUrl.replace(/(?<![^/])[^/]+$/, childId);

/** Slack shows five buttons in a row. */
const mostTaken = 4;

/** A prompt is worked on several times: one line for each, with the way to stop them. */
export function attemptsMessage(
  { groupId, title, attempts }: EventDataOf<'attempts.started'>,
  place: Place,
): Message {
  const lines = attempts.map(
    ({ childId, label }) => `:arrow_forward: ${link(urlOf(place, childId), shortened(label, 80))}`,
  );
  const value = JSON.stringify({ sessionId: place.sessionId, groupId });
  return {
    text: `${plural(attempts.length, 'attempt')} at work: ${escaped(shortened(title, 120))}`,
    blocks: [
      section([`*${attempts.length} attempts* at ${escaped(shortened(title, 200))}`, ...lines].join('\n')),
      ...buttons(
        { label: 'Stop all', action: 'stop_attempts', value, style: 'danger' },
        { label: 'Open session', action: 'open', url: place.pageUrl },
      ),
    ],
  };
}

/** All ended: the best first, each with what bears it out, and the way to take it. */
export function compareMessage(
  { groupId, state, attempts }: EventDataOf<'attempts.ended'>,
  place: Place,
): Message {
  const lines = attempts.map(
    ({ childId, label, words }) =>
      `*${link(urlOf(place, childId), shortened(label, 80))}*: ${escaped(shortened(words, 300))}`,
  );
  const said = {
    ready: 'Attempts to compare, the best first',
    failed: 'None of the attempts came to a change',
    stopped: 'The attempts were stopped',
  }[state];
  const { sessionId } = place;
  const takes = attempts
    .filter(({ outcome }) => state === 'ready' && outcome === 'done')
    .slice(0, mostTaken)
    .map(({ n }) => ({
      label: `Take ${n}`,
      action: 'take',
      value: JSON.stringify({ sessionId, groupId, n }),
    }));
  return {
    text: said,
    blocks: [
      section([`*${said}*`, ...lines].join('\n')),
      ...buttons(...takes, { label: 'Compare', action: 'open', url: place.pageUrl }),
    ],
  };
}

export function takenMessage({ n, by }: EventDataOf<'attempt.taken'>): Message {
  const text = `${by.name} took attempt ${n}`;
  return { text: escaped(text), blocks: [section(`:white_check_mark: ${escaped(text)}`)] };
}
