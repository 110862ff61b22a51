import type { KnownBlock } from '@slack/types';

/** A message: `text` is what notifications and screen readers say. */
export type Message = { text: string; blocks: KnownBlock[] };

export const section = (text: string): KnownBlock => ({ type: 'section', text: { type: 'mrkdwn', text } });

export const context = (...texts: string[]): KnownBlock[] => {
  const said = texts.filter(Boolean);
  return said.length === 0
    ? []
    : [{ type: 'context', elements: [{ type: 'mrkdwn', text: said.join('  ·  ') }] }];
};

export type Button = {
  label: string;
  /** What comes back, and which handler it is for. */
  action: string;
  value?: string;
  url?: string;
  style?: 'primary' | 'danger';
};

/** Slack wants each action id once in a block. */
export function buttons(...all: (Button | null)[]): KnownBlock[] {
  const shown = all.filter(button => button !== null);
  if (shown.length === 0) return [];
  return [
    {
      type: 'actions',
      elements: shown.map(({ label, action, value, url, style }, i) => ({
        type: 'button',
        action_id: `${action}:${i}`,
        text: { type: 'plain_text', text: label.length > 75 ? `${label.slice(0, 74)}…` : label, emoji: true },
        ...(value === undefined ? {} : { value }),
        ...(url === undefined ? {} : { url }),
        ...(style === undefined ? {} : { style }),
      })),
    },
  ];
}
