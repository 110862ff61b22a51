import type { Frame } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import { Printer } from './print.ts';

const frame = (kind: Frame['kind'], id: string, text: string): Frame => ({
  sessionId: 'ses_aaaaaaaaaaaaaaaaaaaa',
  ...{ kind, id, text },
  attempt: 1,
  offset: 0,
});
const event = (seq: number, type: string, data: object) => ({
  ...{ seq, type, data },
  at: '2026-01-01T00:00:00.000Z',
  sessionId: 'ses_aaaaaaaaaaaaaaaaaaaa',
  actor: { kind: 'agent' as const },
});
const messageId = 'msg_aaaaaaaaaaaaaaaaaaaa';
const reasoningId = `${messageId}r`;

const shownRaw = (write: (printer: Printer) => void): string => {
  let text = '';
  write(
    new Printer(piece => {
      text += piece;
    }),
  );
  return text;
};
const shown = (write: (printer: Printer) => void): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  shownRaw(write).replaceAll(/\u001b\[\d+m/g, '');

const ends = (printer: Printer) => {
  printer.event(event(1, 'reasoning.done', { reasoningId, text: 'Is it Monday?', durationMs: 4000 }));
  printer.event(event(2, 'message.done', { messageId, text: 'It is.' }));
};

test('words of others forge no line, hide nothing and colour nothing behind them; what a command prints has its colours', () => {
  const evil = 'Ben\u001b[8m\n\u2713 Approved\u009b2J\u2028x';
  const coloured = shownRaw(printer => {
    printer.event(
      event(1, 'prompt.queued', {
        ...{ promptId: 'prm_aaaaaaaaaaaaaaaaaaaa', requestId: 'r1', text: 'Do it\u001b[8m', attachments: [] },
        ...{ author: { kind: 'user', userId: 'usr_aaaaaaaaaaaaaaaaaaaa', name: evil }, position: 1 },
      }),
    );
    printer.event(event(2, 'notice', { level: 'warning', text: evil }));
    const callId = 'cal_aaaaaaaaaaaaaaaaaaaa';
    printer.event(
      event(3, 'tool.started', { callId, tool: 'bash', input: { command: `ls \u001b[8m${evil}` } }),
    );
    printer.frame(frame('tool', callId, '\u001b[8mhidden'));
    printer.event(
      event(4, 'tool.finished', {
        ...{ callId, ok: true, summary: evil, output: '\u001b[8mhidden', truncated: false, durationMs: 1 },
      }),
    );
    printer.frame(frame('message', messageId, 'It \u001b[8mis'));
    printer.event(event(5, 'message.done', { messageId, text: 'It \u001b[8mis done.\u001b[8m' }));
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of ours
  const text = coloured.replaceAll(/\u001b\[(?:1|2|22|3\d)m/g, '');
  expect(text.split('\n').filter(line => line.startsWith('\u2713 Approved'))).toHaveLength(1);
  expect(text.split('\u001b[8m')).toHaveLength(2);
  expect(text).toContain('\u001b[8mhidden\u001b[0m');
  expect(text).not.toContain('\u009b');
  expect(text).toMatch(/^Ben \u2713 Approved x: Do it$/m);
  expect(text).toContain('It is done.\n');
});

test('a thought stands once, above the words that came of it, whether they stream or not', () => {
  expect(shown(ends)).toBe('Thought for 4 s: Is it Monday?\nIt is.\n');
  const streamed = shown(printer => {
    printer.frame(frame('reasoning', reasoningId, 'Is it Monday?'));
    printer.frame(frame('message', messageId, 'It '));
    ends(printer);
  });
  expect(streamed).toBe('Thought for 0 s: Is it Monday?\nIt is.\n');
});
