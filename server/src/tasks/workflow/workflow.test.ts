import { limits as bounds, type WorkflowNode, workflowLevels } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import { graphOf, node, played, terms } from '../../../test/helpers/playWorkflow.ts';
import { startedEvent } from '../../sessions/run/workflowState.ts';
import { checkGraph, graphText, parseGraph, readGraph } from './graph.ts';
import { replanned, withMend } from './replan.ts';
import { beginning, type Happened, next, progressOf, reduce, resumed, type WorkflowState } from './state.ts';
import { verdictOf } from './verdict.ts';

const wrongWith = (...nodes: WorkflowNode[]) => {
  const checked = checkGraph(graphOf(...nodes), terms);
  return checked.ok ? null : checked.message;
};

test('what keeps a graph from being run is told with the node, and what to do about it', () => {
  expect(wrongWith(node('a'), node('b', { needs: ['a'] }), node('c', { repo: 'web' }))).toBeNull();
  expect(
    wrongWith(node('a', { needs: ['c'] }), node('b', { needs: ['a'] }), node('c', { needs: ['b'] })),
  ).toBe('Node a: it needs itself, by a → c → b → a. Take a out of what b needs.');
  expect(wrongWith(node('a', { needs: ['a'] }))).toBe(
    'Node a: it needs itself, by a → a. Take a out of what a needs.',
  );
  expect(wrongWith(node('a', { agent: 'ghost' }))).toBe(
    'Node a: there is no agent ghost. There are: builder, explorer, reviewer.',
  );
  expect(wrongWith(node('a', { needs: ['x'] }))).toBe('Node a: it needs x, which is no node. There are: a.');
  expect(wrongWith(node('a', { check: undefined }))).toMatch(/^Node a: nothing says when it is done\./);
  expect(wrongWith(node('a', { check: undefined, done: 'It is so' }))).toBeNull();
  expect(wrongWith(node('a'), node('a'))).toMatch(/^Node a: two nodes have this id/);
  // One that the person may not see is told like one that there is not.
  expect(wrongWith(node('a', { repo: 'hidden' }))).toBe('Node a: there is no repository hidden.');
  expect(wrongWith(node('a', { repo: 'shop' }))).toBeNull();
  expect(wrongWith(node('a', { repo: 'web' }), node('b', { repo: 'web' }))).toMatch(
    /^Node b: this session may begin 1 more/,
  );
  const long = Array.from({ length: 12 }, (_, i) => node(`n${i}`, { goal: 'x'.repeat(1_400) }));
  expect(wrongWith(...long)).toMatch(/has more than 15000 characters/);
  const wide = Array.from({ length: 8 }, (_, i) => node(`n${i}`, { goal: '漢'.repeat(1_400) }));
  expect(wrongWith(...wide)).toMatch(/or 24 KiB/);
});

test('a graph is read from its text as it was written, and what is wrong in a text is told with the node', () => {
  const graph = graphOf(
    node('a', { goal: 'Line one: with a colon\n- and a list', timeoutMs: 5_000, retries: 0 }),
    node('b', { needs: ['a'], check: undefined, done: 'Both are so' }),
  );
  expect(readGraph(graphText(graph))).toEqual({ ok: true, graph });
  const told = (text: string) => {
    const read = readGraph(text);
    return read.ok ? null : read.message;
  };
  expect(told('title: x\nnodes: [')).toMatch(/^The workflow is not YAML/);
  expect(told('Do it, please')).toMatch(/^The workflow: /);
  expect(told('title: x\nnodes:\n  - {id: a, agent: builder, goal: g, check: c, neds: [b]}')).toMatch(
    /^Node a: .*neds/,
  );
  expect(told('title: x\nnodes:\n  - {id: A B, agent: builder, goal: g}')).toMatch(/^Node A B: id: /);
  expect(told('title: x\nnodes: []')).toMatch(/^The workflow: nodes: /);
  expect(told('title: &a x\nnodes: [*a, *a]')).toMatch(/aliases/);
  const many = {
    title: 'x',
    nodes: Array.from({ length: bounds.workflowNodes + 1 }, (_, i) => node(`n${i}`)),
  };
  expect(parseGraph(many).ok).toBe(false);
});

test('a verdict is the last line, and nothing else', () => {
  expect(verdictOf('All is well.\n\nVerdict: done')).toEqual({ done: true, why: 'done' });
  expect(verdictOf('a.ts:3 is wrong\n**Verdict: not done: a.ts:3**')).toEqual({ done: false, why: 'a.ts:3' });
  expect(verdictOf('Verdict: ready.')?.done).toBe(true);
  expect(verdictOf('Verdict: not ready')?.done).toBe(false);
  expect(verdictOf('The file says:\nVerdict: done\nbut it is not so.')).toBeNull();
  expect(verdictOf('Verdict: perhaps')).toBeNull();
  expect(verdictOf('')).toBeNull();
});

test('whatever fails, it ends; nothing begins before all that it needs is done, and nothing that is done begins again', () => {
  played(300, ({ log, states }, most) => {
    const done = new Set<string>();
    const tries = new Map<string, number>();
    for (const [i, happened] of log.entries()) {
      const before = states[i];
      if (!before) throw new Error('a state for each event');
      if (happened.type === 'workflow.node.entered') {
        const { nodeId, attempt } = happened.data;
        expect(done.has(nodeId)).toBe(false);
        expect(attempt).toBe((tries.get(nodeId) ?? 0) + 1);
        tries.set(nodeId, attempt);
        const found = before.graph.nodes.find(({ id }) => id === nodeId);
        expect(found?.needs.every(id => done.has(id))).toBe(true);
      }
      if (happened.type === 'workflow.node.left' && happened.data.outcome === 'done') {
        expect(done.has(happened.data.nodeId)).toBe(false);
        done.add(happened.data.nodeId);
      }
    }
    const last = states.at(-1);
    expect(last?.replans).toBeLessThanOrEqual(most.replans);
    if (last?.outcome === 'done') expect(last.graph.nodes.every(({ id }) => done.has(id))).toBe(true);
  });
});

test('from any place of the log it is gone on with as it was: told anew, told twice, or taken up again', () => {
  played(40, ({ log, states }, most) => {
    const fold = (events: readonly Happened[]) => {
      const [start] = states;
      if (!start) throw new Error('it has a beginning');
      return events.reduce((state, each) => reduce(state, each, most), start);
    };
    for (let upTo = 0; upTo <= log.length; upTo++) {
      const state = states[upTo];
      if (!state) throw new Error('a state for each event');
      expect(fold(log.slice(0, upTo))).toEqual(state);
      // What came last comes once more: a begin or an end that is told twice counts once.
      const again = log[upTo - 1];
      if (again?.type.startsWith('workflow.node.')) expect(reduce(state, again, most)).toEqual(state);
      const later = resumed(state, most);
      for (const { id } of state.graph.nodes) {
        const [was, is] = [progressOf(state, id), progressOf(later, id)];
        expect(is.status).toBe(was.status === 'done' ? 'done' : 'waiting');
        expect(is.attempts).toBe(was.attempts);
      }
      expect(reduce(state, startedEvent(state), most)).toEqual(later);
    }
  });
});

test('what is planned anew keeps what is done; what a review found is mended before what needs it', () => {
  const graph = graphOf(
    node('a'),
    node('r', { agent: 'reviewer', needs: ['a'] }),
    node('z', { needs: ['r'] }),
  );
  const most = { retries: 0, replans: 1, mends: 1 };
  const { workflowId } = beginning('wfl_123456', graph);
  const startedAt = '2026-11-01T00:00:00.000Z';
  const did = (state: WorkflowState, nodeId: string, outcome: 'done' | 'failed') =>
    [
      { type: 'workflow.node.entered' as const, data: { workflowId, nodeId, attempt: 1, startedAt } },
      { type: 'workflow.node.left' as const, data: { workflowId, nodeId, attempt: 1, outcome, text: 'so' } },
    ].reduce((before: WorkflowState, each) => reduce(before, each, most), state);
  let state = did(beginning(workflowId, graph), 'a', 'done');
  const again = replanned(state, graphOf(node('a')), terms);
  expect(again).toMatchObject({ ok: false, message: expect.stringMatching(/^Node a: it is done already/) });
  state = did(state, 'r', 'done');
  const mended = withMend(state, { reviewId: 'r', findings: 'a.ts:1 is wrong', most: 1 });
  expect(mended?.nodes.at(-1)).toMatchObject({ id: 'mend-1', needs: ['r'], done: expect.any(String) });
  expect(mended?.nodes.find(({ id }) => id === 'z')?.needs).toEqual(['r', 'mend-1']);
  expect(withMend({ ...state, mends: 1 }, { reviewId: 'r', findings: 'x', most: 1 })).toBeNull();
  const failed = did(state, 'z', 'failed');
  expect(next(failed, most)).toEqual({ do: 'replan', by: 'planner', why: 'z: so' });
  // What people say is planned with, however often it was planned anew.
  const told = reduce(failed, { type: 'workflow.told', data: { workflowId, text: 'Ana: No z.' } }, most);
  expect(next({ ...told, replans: 1 }, most)).toEqual({ do: 'replan', by: 'person', why: 'Ana: No z.' });
  expect(next({ ...failed, replans: 1 }, most)).toMatchObject({
    do: 'finish',
    outcome: 'failed',
    why: 'z: so',
  });
  const other = replanned(failed, graphOf(node('y', { needs: ['a', 'r'] })), terms);
  expect(other).toMatchObject({ ok: true, graph: { nodes: [{ id: 'a' }, { id: 'r' }, { id: 'y' }] } });
});

test('parts of one level may run side by side', () => {
  const nodes = [node('a'), node('b'), node('c', { needs: ['a'] }), node('d', { needs: ['c', 'b'] })];
  expect(workflowLevels(nodes).map(level => level.map(({ id }) => id))).toEqual([['a', 'b'], ['c'], ['d']]);
  expect(workflowLevels([node('a', { needs: ['b'] }), node('b', { needs: ['a'] })])).toHaveLength(1);
});
