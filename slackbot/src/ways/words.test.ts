import { expect, test } from '@jest/globals';
import { incomingOf, SlackMessage } from './incoming.ts';
import { wordsOf } from './words.ts';

const read = (more: object) => wordsOf(SlackMessage.parse({ ts: '1.2', ...more }));
const plain = (text: string) => ({ type: 'plain_text', text });
const marked = (text: string) => ({ type: 'mrkdwn', text });
const rich = (...elements: object[]) => [
  { type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] },
];

test('an alert without text is read from its blocks', () => {
  const said = read({
    text: '',
    blocks: [
      { type: 'header', text: plain('Disk full on <db-1>') },
      { type: 'section', text: marked('*92%* used'), fields: [marked('Zone: a'), marked('Since: 9:00')] },
      { type: 'divider' },
      { type: 'context', elements: [marked('by Grafana'), { type: 'image', image_url: 'x', alt_text: 'y' }] },
      ...rich({ type: 'text', text: 'see ' }, { type: 'link', url: 'https://x.example', text: 'runbook' }),
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_list',
            elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'first' }] }],
          },
        ],
      },
    ],
  });
  expect(said.split('\n')).toEqual([
    'Disk full on &lt;db-1&gt;',
    '*92%* used',
    'Zone: a',
    'Since: 9:00',
    'by Grafana',
    'see <https://x.example|runbook>',
    '• first',
  ]);
});

test('an alert is read from its attachments, by their fallback where they have nothing else', () => {
  const attachments = [
    {
      pretext: 'Triggered',
      title: 'TypeError in cart',
      title_link: 'https://s.example/1',
      text: 'x is undefined',
      fields: [{ title: 'Release', value: '1.2' }],
      fallback: 'no',
    },
    { fallback: 'only this' },
    { blocks: [{ type: 'section', text: marked('in a block') }] },
  ];
  expect(read({ text: '', attachments })).toBe(
    'Triggered\nTypeError in cart (https://s.example/1)\nx is undefined\nRelease: 1.2\nonly this\nin a block',
  );
  expect(read({ text: 'New alert', attachments: attachments.slice(1, 2) })).toBe('New alert\nonly this');
});

test('text is not said twice, previews of links are not read, messages that were passed on are', () => {
  const blocks = rich({ type: 'text', text: 'hi' });
  expect(read({ text: 'hi', blocks })).toBe('hi');
  const preview = { from_url: 'https://x.example', title: 'A page', text: 'sold here' };
  expect(read({ text: 'hi', attachments: [preview] })).toBe('hi');
  expect(read({ text: 'look', attachments: [{ ...preview, is_share: true, title: '' }] })).toBe(
    'look\nsold here',
  );
});

test('a mention counts in blocks, but not where it is quoted or written out', () => {
  const of = (more: object) =>
    incomingOf({ type: 'message', channel: 'C1', user: 'U1', text: '', ts: '1.2', ...more }, 'UBOT');
  const mention = rich({ type: 'user', user_id: 'UBOT' }, { type: 'text', text: ' fix it' });
  expect(of({ blocks: mention })).toMatchObject({ isMention: true, text: '<@UBOT> fix it' });
  expect(of({ blocks: rich({ type: 'text', text: '<@UBOT> fix it' }) })).toMatchObject({ isMention: false });
  expect(of({ text: 'see', attachments: [{ text: '<@UBOT> fix it' }] })).toMatchObject({ isMention: false });
});

test('what is read is bounded, and what is no block of Slack’s is passed over', () => {
  const deep = Array.from({ length: 2_000 }).reduce<object>(
    inner => ({ type: 'rich_text_section', elements: [inner] }),
    { type: 'text', text: 'deep' },
  );
  expect(read({ blocks: [{ type: 'rich_text', elements: [deep] }] })).toBe('');
  const long = Array.from({ length: 500 }, () => ({ text: 'y'.repeat(1_000) }));
  expect(read({ attachments: long }).length).toBeLessThanOrEqual(8_000);
  expect(read({ blocks: [null, 7, { type: 'section', text: 5 }], attachments: ['x', { fields: 3 }] })).toBe(
    '',
  );
  expect(read({ text: 'hi', blocks: 'none', attachments: null })).toBe('hi');
});
