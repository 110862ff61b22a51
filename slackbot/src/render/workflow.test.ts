import type { ShownNode, ShownWorkflow } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import { graphBlocks, workflowBlocks } from './workflow.ts';

const node = (id: string, more: Partial<ShownNode> = {}): ShownNode => ({
  ...{
    id,
    agent: 'builder',
    goal: `Do ${id} <!channel>\nand more`,
    needs: [],
    status: 'waiting',
    attempts: 0,
  },
  ...more,
});
const workflow: ShownWorkflow = {
  ...{ workflowId: 'wfl_123456', title: 'Version <two>', replans: 0 },
  nodes: [
    node('find', { status: 'done', attempts: 1 }),
    node('api', { status: 'running', attempts: 2 }),
    node('web', { status: 'running', attempts: 1, repo: 'web' }),
    node('end', { needs: ['api'] }),
  ],
};

test('of large work each part that is at work has a line, and all of it one', () => {
  const shown = JSON.stringify(workflowBlocks(workflow));
  expect(shown).toContain('*Version &lt;two&gt;*: 1 of 4 parts done, 2 at work');
  expect(shown).toContain(':arrow_forward: api (builder), works, try 2: Do api &lt;!channel&gt;');
  expect(shown).toContain('web (builder on web), works: Do web');
  expect(shown).not.toMatch(/Do find|Do end|and more/);
  expect(workflowBlocks(null)).toEqual([]);
  expect(workflowBlocks({ ...workflow, outcome: 'done' })).toEqual([]);
});

test('a graph that waits for a yes shows its parts, what stands before each, and how many more there are', () => {
  const nodes = Array.from({ length: 24 }, (_, i) => ({
    ...{ id: `n${i}`, agent: 'builder', goal: `Do ${i}`, check: 'npm test' },
    needs: i === 0 ? [] : [`n${i - 1}`],
  }));
  const shown = JSON.stringify(graphBlocks({ title: 'Two', nodes }));
  expect(shown).toContain('n1 (builder, after n0): Do 1 `npm test`');
  expect(shown).toContain('12 more, on the page');
  const long = nodes.map(each => ({ ...each, goal: 'x'.repeat(1_500) }));
  expect(JSON.stringify(graphBlocks({ title: 'Two', nodes: long })).length).toBeLessThan(3_000);
});

test('many parts at once do not fill the message', () => {
  const nodes = Array.from({ length: 20 }, (_, i) => node(`n${i}`, { status: 'running', attempts: 1 }));
  expect(JSON.stringify(workflowBlocks({ ...workflow, nodes }))).toContain('12 more');
});
