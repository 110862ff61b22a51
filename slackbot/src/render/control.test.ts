import { applyEvents, emptyView } from '@deckhand/shared/view';
import { expect, test } from '@jest/globals';
import { queuedMessage } from './asks.ts';
import { liveMessage } from './live.ts';
import { activityOf } from './work.ts';

const ada = { userId: 'usr_ada000', name: 'Ada <b>' };
const turnId = 'trn_000001';
const promptId = 'prm_000001';
const shown = { sessionId: 'ses_000001', turnId, pageUrl: 'https://deckhand.example/sessions/ses_000001' };
const viewOf = (...told: [type: string, data: unknown][]) =>
  applyEvents(
    emptyView(),
    told.map(([type, data], i) => ({
      ...{ seq: i + 1, at: new Date(i).toISOString(), sessionId: 'ses_000001' },
      ...{ actor: { kind: 'system' as const }, type, data },
    })),
  ).view;
const started = ['turn.started', { turnId, promptIds: [promptId], model: 'm' }] as [string, unknown];
const taken = ['control.taken', { by: ada }] as [string, unknown];

test('a turn that makes way says for whom, and has a button to hand back; one that has not yet says what it does', () => {
  const running = viewOf(started, ['session.state', { state: 'running' }], taken);
  expect(activityOf(running, turnId)).toBe('thinking');
  const paused = viewOf(started, taken, ['session.state', { state: 'waiting' }]);
  const text = JSON.stringify(liveMessage(paused, shown));
  expect(text).toContain('paused: Ada &lt;b&gt; has control');
  expect(text).toContain('"hand_back:');
  expect(JSON.stringify(liveMessage(viewOf(started), shown))).not.toContain('hand_back');
});

test('a prompt meanwhile says what it waits for', () => {
  const queued = {
    ...{ promptId, requestId: 'r1', text: 'Next', attachments: [], author: ada, position: 1 },
  };
  const { text } = queuedMessage(queued, 'ses_000001', { by: ada, since: new Date(0).toISOString() });
  expect(text).toContain('has control: it waits until that is handed back.');
});
