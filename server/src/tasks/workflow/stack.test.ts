import { expect, test } from '@jest/globals';
import { graphOf, node, played, terms } from '../../../test/helpers/playWorkflow.ts';
import { checkGraph } from './graph.ts';
import { changesOf, placesOf } from './stack.ts';
import { progressOf } from './state.ts';

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

test('changes stand on each other in the order in which they are named; what cannot stand so is told with the node', () => {
  const wrongWith = (...nodes: Parameters<typeof graphOf>) => {
    const checked = checkGraph(graphOf(...nodes), terms);
    return checked.ok ? null : checked.message;
  };
  const look = node('look', { agent: 'explorer' });
  const below = node('a', { change: 'A', needs: ['look'] });
  expect(wrongWith(look, below, node('b', { change: 'B', needs: ['a'] }))).toBeNull();
  // Who names none is there for the first that needs it.
  const places = placesOf(graphOf(look, below, node('b', { change: 'B' }), node('end')), ['A', 'B']);
  expect(Object.fromEntries(places)).toEqual({ look: 0, a: 0, b: 1, end: 1 });
  expect(
    wrongWith(
      node('b', { change: 'B' }),
      node('a', { change: 'A' }),
      node('c', { change: 'B', needs: ['a'] }),
    ),
  ).toBe(
    'Node c: its change “B” stands below “A”, in which a is, and it needs that. Name the changes in the order in which they stand on each other.',
  );
  // Nor by way of what is done elsewhere: neither would ever begin.
  expect(
    wrongWith(
      node('a', { change: 'A', needs: ['web'] }),
      node('b', { change: 'B' }),
      node('web', { repo: 'web', needs: ['b'] }),
    ),
  ).toMatch(/^Node web: its change “A” stands below “B”/);
  expect(wrongWith(node('a', { change: 'A', repo: 'web' }))).toMatch(
    /^Node a: it names a `change`, which parts/,
  );
});
