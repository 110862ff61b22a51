import { limits as bounds, type WorkflowGraph, type WorkflowNode, workflowLevels } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startedEvent } from '../../sessions/run/workflowState.ts';
import { checkGraph, type GraphTerms, graphText, parseGraph, readGraph } from './graph.ts';
import { replanned, withMend } from './replan.ts';
import { changesOf, placesOf } from './stack.ts';
import {
  beginning,
  type Happened,
  next,
  progressOf,
  reduce,
  resumed,
  type WorkflowLimits,
  type WorkflowState,
} from './state.ts';
import { verdictOf } from './verdict.ts';

const terms: GraphTerms = {
  agents: new Set(['builder', 'explorer', 'reviewer']),
  ownRepo: 'shop',
  repos: new Set(['web']),
  children: 1,
};
const node = (id: string, more: Partial<WorkflowNode> = {}): WorkflowNode => ({
  ...{ id, agent: 'builder', goal: `Do ${id}`, check: 'npm test', needs: [] },
  ...more,
});
const graphOf = (...nodes: WorkflowNode[]): WorkflowGraph => ({ title: 'Large work', nodes });
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

/** A graph without a circle: each node needs only some of those before it. */
const graphs = fc
  .array(
    fc.tuple(
      fc.array(fc.nat(), { maxLength: 4 }),
      fc.option(fc.nat({ max: 2 }), { nil: undefined }),
      fc.option(fc.nat({ max: 1 }), { nil: undefined }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map(rows =>
    graphOf(
      ...rows.map(([picks, retries, up], i) =>
        node(`n${i}`, {
          needs: i === 0 ? [] : [...new Set(picks.map(pick => `n${pick % i}`))],
          ...(retries === undefined ? {} : { retries }),
          // Each leaves in the change of those before it, or in the next one.
          ...(up === undefined
            ? {}
            : { change: `change ${rows.slice(0, i + 1).reduce((sum, [, , each = 0]) => sum + each, 0)}` }),
        }),
      ),
    ),
  );
const limits: fc.Arbitrary<WorkflowLimits> = fc.record({
  retries: fc.nat({ max: 2 }),
  replans: fc.nat({ max: 2 }),
  mends: fc.nat({ max: 2 }),
});

type Run = { log: Happened[]; states: WorkflowState[] };

/** Plays a workflow to its end, with what happens chosen by `dice`. */
function play(graph: WorkflowGraph, most: WorkflowLimits, dice: () => number): Run {
  const start = beginning('wfl_123456', graph);
  const log: Happened[] = [];
  const states = [start];
  const now = () => states.at(-1) ?? start;
  const tell = (happened: Happened) => {
    log.push(happened);
    states.push(reduce(now(), happened, most));
  };
  const { workflowId } = start;
  const running = () => now().graph.nodes.filter(({ id }) => progressOf(now(), id).status === 'running');
  const leave = () => {
    const those = running();
    const left = those[dice() % those.length];
    if (!left) throw new Error('nothing runs, and it is waited for');
    const { id } = left;
    const { attempts } = progressOf(now(), id);
    const outcome = (['done', 'done', 'failed', 'interrupted'] as const)[dice() % 4] ?? 'done';
    tell({
      type: 'workflow.node.left',
      data: { workflowId, nodeId: id, attempt: attempts, outcome, text: '' },
    });
    const mended =
      outcome === 'done' && dice() % 5 === 0
        ? withMend(now(), { reviewId: id, findings: 'x', most: most.mends })
        : null;
    if (mended)
      tell({ type: 'workflow.replanned', data: { workflowId, by: 'reviewer', why: '', graph: mended } });
  };
  // Interruptions are as many as people make; here they come to an end.
  for (let turns = 0; now().outcome === undefined; turns++) {
    if (turns > 2_000) throw new Error('it does not end');
    if (running().length > 0 && dice() % 3 === 0) leave();
    // People say something now and then; they come to an end, too.
    if (turns < 60 && dice() % 9 === 0)
      tell({ type: 'workflow.told', data: { workflowId, text: 'Rather so' } });
    const step = next(now(), most);
    if (step.do === 'start')
      for (const { id } of step.nodes)
        tell({
          type: 'workflow.node.entered',
          data: {
            ...{ workflowId, nodeId: id, attempt: progressOf(now(), id).attempts + 1 },
            startedAt: '2026-11-01T00:00:00.000Z',
          },
        });
    else if (step.do === 'wait') leave();
    else if (step.do === 'cut') tell({ type: 'workflow.cut', data: { workflowId, change: step.change } });
    else if (step.do === 'replan') {
      const done = new Set(
        now().graph.nodes.flatMap(({ id }) => (progressOf(now(), id).status === 'done' ? [id] : [])),
      );
      const left = now().graph.nodes.filter(({ id }) => !done.has(id));
      const made = replanned(
        now(),
        graphOf(...left, node(`extra${turns}`, { needs: [...done].slice(0, 2) })),
        terms,
      );
      if (!made.ok)
        tell({ type: 'workflow.finished', data: { workflowId, outcome: 'failed', why: made.message } });
      else
        tell({ type: 'workflow.replanned', data: { workflowId, by: step.by, why: '', graph: made.graph } });
    } else tell({ type: 'workflow.finished', data: { workflowId, outcome: step.outcome } });
  }
  return { log, states };
}

const rolls = fc.infiniteStream(fc.nat({ max: 1_000 }));
const played = (numRuns: number, check: (run: Run, most: WorkflowLimits) => void) =>
  fc.assert(
    fc.property(graphs, limits, rolls, (graph, most, dice) => {
      check(
        play(graph, most, () => dice.next().value ?? 0),
        most,
      );
    }),
    { numRuns },
  );

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

test('of changes that stand on each other none is begun before all below it is done and cut off', () => {
  let stacks = 0;
  played(300, ({ log, states }) => {
    for (const [i, happened] of log.entries()) {
      const before = states[i];
      if (!before) throw new Error('a state for each event');
      const { cuts = [] } = before;
      const changes = changesOf(before.graph, cuts);
      const places = placesOf(before.graph, changes);
      if (happened.type === 'workflow.node.entered')
        expect(places.get(happened.data.nodeId)).toBeLessThanOrEqual(cuts.length);
      if (happened.type !== 'workflow.cut') continue;
      stacks += 1;
      // The lowest that is not yet, never the last; nothing of it is open, and nothing above it is begun.
      expect(changes.indexOf(happened.data.change)).toBe(cuts.length);
      expect(cuts.length).toBeLessThan(changes.length - 1);
      for (const { id } of before.graph.nodes) {
        const { status, attempts } = progressOf(before, id);
        if ((places.get(id) ?? 0) <= cuts.length) expect(status).toBe('done');
        else expect(attempts).toBe(0);
      }
    }
    const last = states.at(-1);
    if (last?.outcome === 'done')
      expect(last.cuts ?? []).toEqual(changesOf(last.graph, last.cuts).slice(0, -1));
  });
  expect(stacks).toBeGreaterThan(50);
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
