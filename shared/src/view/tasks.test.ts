import { expect, test } from '@jest/globals';
import { addressedAgent, type Envelope } from '../index.ts';
import { applyEvent, emptyView } from './view.ts';

const sessionId = 'ses_0123456789';
const turnId = 'trn_0123456789';
const [outer, inner] = ['tsk_0123456789', 'tsk_9876543210'];
const at = '2026-11-27T12:00:00.000Z';
const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, steps: 1 };

let seq = 0;
const envelope = (type: string, data: object, taskId?: string): Envelope => ({
  ...{ seq: ++seq, type, data, at, sessionId, actor: { kind: 'agent' } },
  ...(taskId ? { taskId, agentId: 'explorer' } : {}),
});
const created = (taskId: string, parentId?: string) =>
  envelope(
    'task.created',
    {
      task: {
        ...{ id: taskId, sessionId, goal: `Goal of ${taskId}`, status: 'pending', input: '', artifacts: [] },
        ...{ createdAt: at, updatedAt: at },
        ...(parentId ? { parentId } : {}),
      },
      agent: { id: 'explorer', name: 'Explorer', version: '0123456789ab' },
      depth: parentId ? 2 : 1,
    },
    taskId,
  );
const tool = (callId: string, taskId?: string) =>
  envelope('tool.started', { callId, tool: 'read', input: { path: 'a.ts' } }, taskId);
const fold = (events: Envelope[]) => {
  seq = 0;
  return events.reduce((view, event) => applyEvent(view, event).view, emptyView());
};

test('what a task does stands in its group, and a task of a task in that one; the session’s own list is left alone', () => {
  seq = 0;
  const view = fold([
    envelope('turn.started', { turnId, promptIds: ['prm_0123456789'], model: 'm' }),
    envelope('todo.updated', { items: [{ text: 'Mine', status: 'pending' }] }),
    created(outer),
    envelope('task.started', { taskId: outer, model: 'm' }, outer),
    tool('cal_0123456789', outer),
    created(inner, outer),
    envelope('todo.updated', { items: [{ text: 'Its own', status: 'pending' }] }, inner),
    tool('cal_9876543210', inner),
    envelope('approval.requested', {
      approvalId: 'call-cal_9876543210',
      text: 'x',
      callId: 'cal_9876543210',
    }),
    envelope(
      'task.finished',
      { taskId: inner, status: 'done', output: 'Found', artifacts: [], usage },
      inner,
    ),
  ]);
  expect(view.head.todos).toMatchObject([{ text: 'Mine' }]);
  expect(view.items.map(({ kind }) => kind)).toEqual(['turn', 'task', 'approval']);
  expect(view.items[1]).toMatchObject({
    ...{ taskId: outer, status: 'running', agentName: 'Explorer', goal: `Goal of ${outer}` },
    items: [
      { kind: 'tool', callId: 'cal_0123456789', state: 'running' },
      {
        ...{ kind: 'task', taskId: inner, status: 'done', depth: 2, end: { output: 'Found' } },
        items: [{ kind: 'tool', callId: 'cal_9876543210', state: 'running', waits: true }],
      },
    ],
  });
});

test('a task that its turn left running is cancelled with its calls', () => {
  seq = 0;
  const view = fold([
    envelope('turn.started', { turnId, promptIds: ['prm_0123456789'], model: 'm' }),
    created(outer),
    tool('cal_0123456789', outer),
    envelope('turn.finished', { turnId, outcome: 'stopped', usage }),
  ]);
  expect(view.items[1]).toMatchObject({ status: 'cancelled', items: [{ state: 'cut' }] });
});

test('a text is addressed to an agent only where it begins with its name', () => {
  expect(addressedAgent('@reviewer look at this')).toBe('reviewer');
  expect(addressedAgent('  @code-reviewer: look')).toBe('code-reviewer');
  for (const text of [
    '@types/node is broken',
    'ask @reviewer',
    '@Reviewer x',
    '@reviewer@example.com',
    'x',
    '@',
  ])
    expect(addressedAgent(text)).toBeNull();
});
