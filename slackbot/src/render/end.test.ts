import { type NewEvent, newId } from '@deckhand/shared';
import { applyEvents, emptyView, type View } from '@deckhand/shared/view';
import { expect, test } from '@jest/globals';
import { endMessage } from './end.ts';
import { liveMessage } from './live.ts';

const sessionId = newId('session');
const turnId = newId('turn');
const promptId = newId('prompt');
const usage = { inputTokens: 1200, outputTokens: 300, cachedInputTokens: 0, steps: 2 };
const author = { userId: 'usr_a00000', name: 'Ana' };

function viewOf(...events: NewEvent[]): View {
  const all: NewEvent[] = [
    {
      type: 'prompt.queued',
      data: { promptId, requestId: 'r', text: 'Fix', attachments: [], author, position: 1 },
    },
    { type: 'turn.started', data: { turnId, promptIds: [promptId], model: 'm-1' } },
    ...events,
  ];
  const envelopes = all.map((event, i) => ({
    ...event,
    seq: i + 1,
    at: new Date(1_700_000_000_000 + i * 1000).toISOString(),
    sessionId,
    actor: { kind: 'agent' as const },
  }));
  return applyEvents(emptyView(), envelopes).view;
}

const shown = { sessionId, turnId, pageUrl: `https://deckhand.example/sessions/${sessionId}` };
const callId = newId('call');
const ran = (ok: boolean, output: string, command = 'npm test'): NewEvent[] => [
  { type: 'tool.started', data: { callId, tool: 'bash', input: { command } } },
  {
    type: 'tool.finished',
    data: { callId, ok, summary: 'exit 1', output, truncated: false, durationMs: 5 },
  },
];
const say = (text: string): NewEvent => ({
  type: 'message.done',
  data: { messageId: newId('message'), text },
});

function ended(events: NewEvent[], more: object = {}, options: object = {}) {
  const finished = { turnId, outcome: 'done' as const, usage, ...more };
  const view = viewOf(...events, { type: 'turn.finished', data: finished });
  const message = endMessage(view, { ...shown, finished, mention: 'U1', unlinked: false, ...options });
  return { ...message, all: JSON.stringify(message.blocks) };
}

test('the end tells dollars where the price is known, else tokens, and how long it took', () => {
  expect(ended([say('Done.')], { costUsd: 0.0123 }).all).toContain('$0.0123, 2 steps');
  expect(ended([say('Done.')], { costUsd: 1.5 }).all).toContain('$1.50');
  expect(ended([say('Done.')]).all).toContain('1.5k tokens, 2 steps');
  expect(ended([say('Done.')]).all).toContain('2.0 s');
});

test('tests passed or failed, and files, are told; who waits to link is told what waits', () => {
  const files: NewEvent = {
    type: 'files.changed',
    data: { files: [{ path: 'a.ts', added: 3, removed: 1 }] },
  };
  const good = ended(
    [...ran(true, 'Tests:       3 passed, 3 total\n'), files, say('Fixed.')],
    {},
    { unlinked: true },
  ).all;
  expect(good).toContain('Tests passed');
  expect(good).toContain('1 file changed, +3 −1: `a.ts`');
  expect(good).toContain('The pull request will be opened when you link GitHub');
  const bad = 'Tests:       1 failed, 2 passed, 3 total\n';
  expect(ended([...ran(false, bad), say('No.')]).all).toContain('Tests failed');
  // As a pipeline it ends well all the same.
  expect(ended([...ran(true, bad, 'npm test | tail -5'), say('No.')]).all).toContain('Tests failed');
  for (const quiet of [ran(true, ''), ran(false, ''), ran(false, 'Tests:  3 passed, 3 total\n')])
    expect(ended([...quiet, say('Well.')]).all).not.toMatch(/Tests (passed|failed)/);
});

test('a long answer goes to a file, its beginning stays; a short one needs none', () => {
  const long = ended([say('word '.repeat(4000))]);
  expect(long.whole).toContain('word word');
  expect(long.all.length).toBeLessThan(14_000);
  expect(long.all).toContain('in the file below');
  expect(ended([say('Short.')]).whole).toBeNull();
});

test('what failed can be retried and says why; a question mentions whoever asked', () => {
  const failed = ended([], { outcome: 'failed', error: { code: 'model_key', message: 'The key is wrong.' } });
  expect(failed.all).toContain('The key is wrong.');
  expect(failed.all).toContain('"Retry"');
  const asked = ended([], { outcome: 'asked', question: 'Red?', choices: ['Yes', 'No'] });
  expect(asked.all).toContain('<@U1>');
  expect(asked.all).toContain('"Yes"');
  expect(ended([say('x')]).all).not.toContain('<@U1>');
});

test('while it runs the message says what it does now, and can be stopped', () => {
  const running = liveMessage(
    viewOf({ type: 'tool.started', data: { callId, tool: 'bash', input: { command: 'npm test' } } }),
    shown,
  );
  expect(running.text).toBe('Working: running npm test');
  expect(JSON.stringify(running.blocks)).toContain('"Stop"');
  const away = JSON.stringify(liveMessage(viewOf(), { ...shown, away: true }));
  expect(away).toContain('does not answer for now');
});
