import type { WorkflowGraph, WorkflowNode } from '@deckhand/shared';
import fc from 'fast-check';
import type { GraphTerms } from '../../src/tasks/workflow/graph.ts';
import { replanned, withMend } from '../../src/tasks/workflow/replan.ts';
import {
  beginning,
  type Happened,
  next,
  progressOf,
  reduce,
  type WorkflowLimits,
  type WorkflowState,
} from '../../src/tasks/workflow/state.ts';

export const terms: GraphTerms = {
  agents: new Set(['builder', 'explorer', 'reviewer']),
  ownRepo: 'shop',
  repos: new Set(['web']),
  children: 1,
};
export const node = (id: string, more: Partial<WorkflowNode> = {}): WorkflowNode => ({
  ...{ id, agent: 'builder', goal: `Do ${id}`, check: 'npm test', needs: [] },
  ...more,
});
export const graphOf = (...nodes: WorkflowNode[]): WorkflowGraph => ({ title: 'Large work', nodes });
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

export type Run = { log: Happened[]; states: WorkflowState[] };

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
/** Plays so many workflows. */
export const played = (numRuns: number, check: (run: Run, most: WorkflowLimits) => void) =>
  fc.assert(
    fc.property(graphs, limits, rolls, (graph, most, dice) => {
      check(
        play(graph, most, () => dice.next().value ?? 0),
        most,
      );
    }),
    { numRuns },
  );
