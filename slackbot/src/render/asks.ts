import {
  budgetAmount,
  type Control,
  type EventDataOf,
  type Extent,
  moreOfBudget,
  type ParkedPrompt,
} from '@deckhand/shared';
import {
  answeredLine,
  approvalAction,
  approvalTitle,
  controlLine,
  extentWord,
  mayAnswerLine,
  placeWords,
  riskLine,
  sentNow,
} from '@deckhand/shared/words';
import type { KnownBlock } from '@slack/types';
import { buttons, context, type Message, section } from './blocks.ts';
import { escaped, shortened } from './mrkdwn.ts';
import { graphBlocks } from './workflow.ts';

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
  { position, author, promptId, when }: EventDataOf<'prompt.queued'>,
  sessionId: string,
  /** Of whoever has control: nothing goes on before. */
  control: Control | null = null,
): Message {
  const name = escaped(author.name);
  const isNow = when === 'now';
  const place = isNow ? sentNow : placeWords({ place: position });
  const rest = control
    ? `${escaped(controlLine(control))}: it waits until that is handed back.`
    : isNow
      ? 'The agent reads it before its next step.'
      : 'It runs after the current turn.';
  return {
    text: `${name}: ${place}. ${rest}`,
    blocks: [
      ...context(`${isNow ? ':fast_forward:' : ':inbox_tray:'} ${name}: *${place}*. ${rest}`),
      ...buttons({ label: 'Cancel it', action: 'cancel', value: JSON.stringify({ sessionId, promptId }) }),
    ],
  };
}

/** In place of that: the running turn took it. */
export function steeredMessage(author: string): Message {
  const text = `${escaped(author)}: ${sentNow}. The agent has it.`;
  return { text, blocks: context(`:fast_forward: ${text}`) };
}

type Requested = EventDataOf<'approval.requested'>;

/** As much as a window of Slack's lets somebody write. */
export const windowChars = 3000;

/** The plan itself stands in the message of its turn's end, above. */
export function planMessage(
  { approvalId, text, workflow }: Requested,
  { sessionId, pageUrl }: { sessionId: string; pageUrl: string },
): Message {
  const value = JSON.stringify({ sessionId, approvalId });
  const edit = text.length <= windowChars ? { action: 'edit_plan', value } : { action: 'open', url: pageUrl };
  return {
    text: 'A plan waits for approval',
    blocks: [
      section(':clipboard: *This plan waits for approval.* Nothing is changed before.'),
      ...(workflow ? graphBlocks(workflow) : []),
      ...buttons(
        { label: 'Approve', action: 'approve', value, style: 'primary' },
        { label: edit.url ? 'Edit on the page' : 'Edit', ...edit },
        { label: 'Refuse', action: 'refuse', value, style: 'danger' },
      ),
    ],
  };
}

export function planResult({ approved, by, replaced, edited }: EventDataOf<'approval.resolved'>): Message {
  const who = by ? ` by ${escaped(by.name)}` : '';
  const said = replaced
    ? ':heavy_minus_sign: This plan does not wait any more.'
    : approved
      ? `:white_check_mark: *Plan approved*${who}${edited ? ', edited' : ''}. It runs.`
      : `:no_entry: *Plan refused*${who}.`;
  return { text: said.replace(/^:\w+: /, ''), blocks: [section(said)] };
}

/** An action in a message, and in the line that notifications show. */
const shownActionChars = 2_000;

/** What waits for a yes: what exactly, why, how risky, who may say it, until when. */
export function approvalMessage(
  asked: Requested,
  { sessionId, pageUrl }: { sessionId: string; pageUrl: string },
): Message {
  const { approvalId, what, why, risk, who, extents = [], expiresAt } = asked;
  const action = approvalAction(asked);
  const value = (extent?: Extent) => JSON.stringify({ sessionId, approvalId, ...(extent ? { extent } : {}) });
  const isWhole = action.length <= shownActionChars;
  const edits =
    action.length <= windowChars ? { action: 'edit_plan', value: value() } : { action: 'open', url: pageUrl };
  const reasons = [why, ...(risk?.reasons ?? [])].filter(reason => reason !== undefined);
  const may = mayAnswerLine(who);
  return {
    text: `${approvalTitle(asked)}: ${escaped(shortened(action, 150))}`,
    blocks: [
      section(
        `:raised_hand: *${escaped(approvalTitle(asked))}*${risk ? ` · ${riskLine(risk)}` : ''}\n${quoted(action)}`,
      ),
      ...(reasons.length > 0 ? [section(shortLines(reasons))] : []),
      ...buttons(
        // Nobody approves what they cannot read whole.
        isWhole
          ? { label: extentWord.once, action: 'approve', value: value(), style: 'primary' }
          : { label: 'Read it on the page', action: 'open', url: pageUrl },
        ...extents
          .filter(extent => extent !== 'once' && isWhole)
          .map(extent => ({ label: extentWord[extent], action: 'approve', value: value(extent) })),
        what?.edits ? { label: edits.url ? 'Edit on the page' : 'Edit', ...edits } : null,
        { label: 'Refuse', action: 'refuse', value: value(), style: 'danger' },
      ),
      ...context(...(may ? [may] : []), ...(expiresAt ? [`Expires ${slackDate(expiresAt)}`] : [])),
    ],
  };
}

/** Code as it is, in which nothing ends the quotation. */
const quoted = (action: string) =>
  `\`\`\`${escaped(action.slice(0, shownActionChars).replaceAll('`', 'ˋ'))}${action.length > shownActionChars ? '…' : ''}\`\`\``;

const shortLines = (lines: readonly string[]) =>
  lines
    .slice(0, 8)
    .map(line => `• ${escaped(shortened(line, 300))}`)
    .join('\n');
/** A prompt waits for a budget; whoever may raise it is asked by a button. */
export function heldMessage({ budget, text }: EventDataOf<'budget.reached'>, sessionId: string): Message {
  const { of, whose, unit, limit } = budget;
  const amount = moreOfBudget(budget);
  const value = { sessionId, of, unit, amount, limit, ...(whose && of === 'team' ? { whose } : {}) };
  return {
    text: escaped(shortened(text, 150)),
    blocks: [
      section(`:hourglass: ${escaped(text)}`),
      // A turn's own begins anew with the next turn.
      ...(of === 'turn'
        ? []
        : buttons({
            label: `Ask for ${budgetAmount(unit, amount)} more`,
            action: 'ask_budget',
            value: JSON.stringify(value),
          })),
    ],
  };
}

export function approvalResult(
  asked: Pick<Requested, 'what' | 'text'>,
  resolved: EventDataOf<'approval.resolved'>,
): Message {
  const { approved, expired, replaced, action } = resolved;
  const line = answeredLine(resolved);
  const sign = approved
    ? ':white_check_mark:'
    : expired
      ? ':hourglass:'
      : replaced
        ? ':heavy_minus_sign:'
        : ':no_entry:';
  const [first = '', ...rest] = line.split(' ');
  const said = `${sign} ${approved || (!expired && !replaced) ? `*${first}* ${escaped(rest.join(' '))}` : escaped(line)}`;
  return {
    text: escaped(line),
    blocks: [section(`${said.trim()}\n>${escaped(shortened(action ?? approvalAction(asked), 500))}`)],
  };
}

/** In the reader's own time zone. */
const slackDate = (iso: string) =>
  `<!date^${Math.floor(Date.parse(iso) / 1000)}^{date_short_pretty} at {time}|${iso}>`;
