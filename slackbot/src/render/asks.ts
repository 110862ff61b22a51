import type { EventDataOf, ParkedPrompt } from '@deckhand/shared';
import { queuePlace } from '@deckhand/shared/words';
import type { KnownBlock } from '@slack/types';
import { buttons, context, type Message, section } from './blocks.ts';
import { escaped, shortened } from './mrkdwn.ts';

/** Slack's menus hold a hundred. */
const mostInMenu = 100;

/** "Which repository?": the likely ones as buttons, all in a menu. */
export function menuMessage(
  parked: ParkedPrompt,
  repos: readonly { id: string; description: string }[],
): Message {
  const likely = parked.choices.filter(id => repos.some(repo => repo.id === id)).slice(0, 4);
  const ordered = [...parked.choices, ...repos.map(({ id }) => id)];
  const ids = [...new Set(ordered)].filter(id => repos.some(repo => repo.id === id)).slice(0, mostInMenu);
  const menu: KnownBlock[] =
    ids.length === 0
      ? []
      : [
          {
            type: 'actions',
            elements: [
              {
                type: 'static_select',
                action_id: 'choose:menu',
                placeholder: { type: 'plain_text', text: 'All repositories' },
                options: ids.map(id => ({
                  text: { type: 'plain_text', text: shortened(id, 75) },
                  value: id,
                })),
              },
              {
                type: 'button',
                action_id: 'choose_none:0',
                text: { type: 'plain_text', text: 'None of these' },
              },
            ],
          },
        ];
  return {
    text: 'Which repository is this about?',
    blocks: [
      section(`*Which repository is this about?*\n>${escaped(shortened(parked.text, 200))}`),
      ...buttons(...likely.map(id => ({ label: id, action: 'choose', value: id }))),
      ...menu,
      ...context('Or answer with its name. It is remembered for this channel.'),
    ],
  };
}

export function queuedMessage(
  { position, author, promptId }: EventDataOf<'prompt.queued'>,
  sessionId: string,
): Message {
  const place = queuePlace(position);
  const text = `${escaped(author.name)}: ${place}. It runs when the turn under way has ended.`;
  return {
    text,
    blocks: [
      ...context(
        `:inbox_tray: ${escaped(author.name)}: *${place}*. It runs when the turn under way has ended.`,
      ),
      ...buttons({ label: 'Cancel it', action: 'cancel', value: JSON.stringify({ sessionId, promptId }) }),
    ],
  };
}

type Requested = EventDataOf<'approval.requested'>;

export function approvalMessage({ approvalId, text, expiresAt }: Requested, sessionId: string): Message {
  const value = JSON.stringify({ sessionId, approvalId });
  return {
    text: `Approval wanted: ${escaped(shortened(text, 150))}`,
    blocks: [
      section(`:raised_hand: *Approval wanted*\n${escaped(text).slice(0, 2800)}`),
      ...buttons(
        { label: 'Approve', action: 'approve', value, style: 'primary' },
        { label: 'Refuse', action: 'refuse', value, style: 'danger' },
      ),
      ...context(expiresAt ? `Expires ${slackDate(expiresAt)}` : ''),
    ],
  };
}

export function approvalResult(
  text: string,
  { approved, by, expired }: EventDataOf<'approval.resolved'>,
): Message {
  const said = expired
    ? ':hourglass: *Expired*: nobody answered in time, so it was not done.'
    : `${approved ? ':white_check_mark: *Approved*' : ':no_entry: *Refused*'}${by ? ` by ${escaped(by.name)}` : ''}`;
  return {
    text: expired ? 'The approval expired' : approved ? 'Approved' : 'Refused',
    blocks: [section(`${said}\n>${escaped(shortened(text, 500))}`)],
  };
}

/** In the reader's own time zone. */
const slackDate = (iso: string) =>
  `<!date^${Math.floor(Date.parse(iso) / 1000)}^{date_short_pretty} at {time}|${iso}>`;
