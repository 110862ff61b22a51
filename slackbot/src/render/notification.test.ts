import { type NewEvent, newId } from '@deckhand/shared';
import { applyEvents, emptyView } from '@deckhand/shared/view';
import { expect, test } from '@jest/globals';
import { approvalMessage, queuedMessage } from './asks.ts';
import { endMessage } from './end.ts';
import { liveMessage } from './live.ts';

const sessionId = newId('session');
const turnId = newId('turn');
const promptId = newId('prompt');
const hostile = '<!channel> & <https://evil.example|here>';
const told = '&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;';
const author = { userId: 'usr_a00000', name: hostile };

const queued = {
  promptId,
  requestId: 'r',
  text: 'Fix',
  attachments: [],
  author,
  position: 1,
};

function viewOf(...events: NewEvent[]) {
  const all: NewEvent[] = [
    { type: 'prompt.queued', data: queued },
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

const shown = { sessionId, turnId, pageUrl: 'https://deckhand.example/sessions/s' };

test('what notifications say calls nobody and plants no link', () => {
  const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, steps: 1 };
  const finished = { turnId, outcome: 'done' as const, usage };
  const said: NewEvent = { type: 'message.done', data: { messageId: newId('message'), text: hostile } };
  const ended = viewOf(said, { type: 'turn.finished', data: finished });
  const runs: NewEvent = {
    type: 'tool.started',
    data: { callId: newId('call'), tool: 'bash', input: { command: hostile } },
  };
  const texts = [
    queuedMessage(queued, sessionId),
    approvalMessage({ approvalId: 'apr_a00000', text: hostile }, { sessionId, pageUrl: 'https://d' }),
    approvalMessage(
      { approvalId: 'apr_a00000', text: '', what: { action: hostile, edits: true }, why: hostile },
      { sessionId, pageUrl: 'https://d' },
    ),
    endMessage(ended, { ...shown, finished, mention: null, unlinked: false }),
    liveMessage(viewOf(runs), shown),
  ].map(({ text }) => text);
  for (const text of texts) {
    expect(text).not.toMatch(/[<>]/);
    expect(text).toContain(told);
  }
});
