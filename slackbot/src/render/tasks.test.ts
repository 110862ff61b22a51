import type { TaskItem, ToolItem } from '@deckhand/shared/view';
import { expect, test } from '@jest/globals';
import { taskBlocks } from './tasks.ts';

const task = (n: number, more: Partial<TaskItem> = {}): TaskItem => ({
  ...{ seq: n, at: '2026-01-01T00:00:00.000Z', kind: 'task', taskId: `tsk_00000${n}`, agentId: 'explorer' },
  ...{
    agentName: 'Explorer',
    goal: `Look at ${n}\nand more`,
    depth: 1,
    background: false,
    status: 'running',
  },
  ...{ model: 'm', why: null, items: [], end: null },
  ...more,
});
const call: ToolItem = {
  ...{ seq: 9, at: '2026-01-01T00:00:00.000Z', kind: 'tool', callId: 'cal_000001', tool: 'bash' },
  ...{ input: { command: 'npm test' }, state: 'running' },
};
const linesOf = (items: TaskItem[]) => taskBlocks(items).flatMap(block => JSON.stringify(block).split('\\n'));

test('each task that is not over is one line with what it does, those that it gave below it', () => {
  const inner = task(2, { status: 'blocked', why: 'approval: rm' });
  const [first, second, ...rest] = linesOf([
    task(1, { items: [call, inner] }),
    task(3, { status: 'done' }),
    task(4, { status: 'failed' }),
  ]);
  expect(first).toMatch(/\*Explorer\*: Look at 1 · running npm test/);
  expect(second).toMatch(/Look at 2 · approval: rm/);
  expect(rest).toEqual([]);
  expect(taskBlocks([task(5, { status: 'cancelled' })])).toEqual([]);
});

test('of many the first are shown; a goal that writes Slack is written out', () => {
  const lines = linesOf(Array.from({ length: 14 }, (_, n) => task(n, { goal: '<!channel> & all' })));
  expect(lines).toHaveLength(11);
  expect(lines.at(-1)).toContain('4 more tasks');
  expect(lines.join()).not.toContain('<!channel>');
});
