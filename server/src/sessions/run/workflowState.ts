import { type EventDataOf, NodeStatus, WorkflowGraph, WorkflowOutcome } from '@deckhand/shared';
import { z } from 'zod';

/** How far a node is. */
export const Progress = z.object({
  status: NodeStatus,
  /** Tries that began. */
  attempts: z.number().int(),
  /** Of those, how many count as failed since the graph last said so. */
  failures: z.number().int(),
  /** Why the last try failed, or what came out. */
  text: z.string().optional(),
  childId: z.string().optional(),
  /** The child's turn that had ended last when this try began. */
  after: z.string().nullable().optional(),
  /** When the last try began, epoch ms. */
  enteredAtMs: z.number().optional(),
});
export type Progress = z.infer<typeof Progress>;

/** A workflow that runs, or that rests: all that it is gone on with. */
export const WorkflowState = z.object({
  workflowId: z.string(),
  graph: WorkflowGraph,
  nodes: z.record(z.string(), Progress),
  replans: z.number().int(),
  mends: z.number().int(),
  /** What people said since it was planned last. */
  said: z.array(z.string()),
  /** Of changes that stand on each other: those that are whole, the lowest first. */
  cuts: z.array(z.string()).optional(),
  outcome: WorkflowOutcome.optional(),
  why: z.string().optional(),
});
export type WorkflowState = z.infer<typeof WorkflowState>;

/** The event of its beginning, or of its going on. */
export const startedEvent = ({
  workflowId,
  graph,
  nodes,
}: WorkflowState): { type: 'workflow.started'; data: EventDataOf<'workflow.started'> } => ({
  type: 'workflow.started',
  data: {
    ...{ workflowId, graph },
    done: graph.nodes.flatMap(({ id }) => (nodes[id]?.status === 'done' ? [id] : [])),
  },
});

export const startedWorkflow = ({
  turnId,
  workflow,
}: {
  turnId: string;
  workflow?: WorkflowState | undefined;
}) => (workflow ? [{ ...startedEvent(workflow), actor: { kind: 'system' as const }, turnId }] : []);
