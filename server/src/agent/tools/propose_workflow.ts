import { WorkflowGraph } from '@deckhand/shared';
import { defineTool, toldResult } from './tool.ts';

/** Work that is too large for one agent, as parts that people approve before anybody does them. */
export const proposeWorkflow = defineTool({
  name: 'propose_workflow',
  schema: WorkflowGraph,
  planning: true,
  offeredWhen: ({ workflows }) => workflows,
  run: async (graph, call, { workflow }) => toldResult(await workflow.propose(call, graph)),
});
