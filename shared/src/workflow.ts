import { z } from 'zod';
import { AgentId } from './agents.ts';
import { idOf } from './ids.ts';
import { limits } from './limits.ts';
import { Usage } from './session.ts';

/** Names a node within its graph, and to people. */
export const NodeId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'a node’s id is of small letters, digits and hyphens, 40 at most');

/** A part of the work, done by one agent once all that it needs is done. */
export const WorkflowNode = z.strictObject({
  id: NodeId,
  agent: AgentId,
  goal: z.string().trim().min(1).max(limits.nodeGoalChars),
  /** A command of the repository that ends well when it is done; run after its work is merged. */
  check: z.string().trim().min(1).max(limits.nodeCheckChars).optional(),
  /** What a reviewer, who reads its result and the difference, can see to be so when it is done. */
  done: z.string().trim().min(1).max(limits.nodeCheckChars).optional(),
  /** Another repository: the node is a session of its own there. */
  repo: z.string().trim().min(1).max(200).optional(),
  /** The change that its work leaves in, where the work leaves in several that stand on each other. */
  change: z.string().trim().min(1).max(limits.titleChars).optional(),
  needs: z.array(NodeId).max(limits.workflowNodes).default([]),
  /** How often it may be tried again; as configured where absent. */
  retries: z.number().int().min(0).max(5).optional(),
  /** How long one try may take; as configured where absent. */
  timeoutMs: z.number().int().min(1_000).max(limits.nodeTimeoutMs).optional(),
});
export type WorkflowNode = z.infer<typeof WorkflowNode>;

/** The parts of a large piece of work. That it can be run at all (no cycle, known agents) the server checks. */
export const WorkflowGraph = z.strictObject({
  title: z.string().trim().min(1).max(limits.titleChars),
  nodes: z.array(WorkflowNode).min(1).max(limits.workflowNodes),
});
export type WorkflowGraph = z.infer<typeof WorkflowGraph>;

export const NodeStatus = z.enum(['waiting', 'running', 'done', 'failed']);
export type NodeStatus = z.infer<typeof NodeStatus>;

/** How a try of a node ended; `interrupted`: its turn ended before it. */
export const NodeOutcome = z.enum(['done', 'failed', 'interrupted']);
export type NodeOutcome = z.infer<typeof NodeOutcome>;

/** `over_budget`: it goes on with the next prompt that says so. */
export const WorkflowOutcome = z.enum(['done', 'failed', 'stopped', 'over_budget']);
export type WorkflowOutcome = z.infer<typeof WorkflowOutcome>;

const workflowId = idOf('workflow');
const nodeId = NodeId;
const attempt = z.number().int().positive();

/** What the events of workflows carry. Folded in their order they are all that the orchestrator decides by. */
export const workflowEvents = {
  /** It was approved, or goes on: these nodes, of which `done` are over. */
  'workflow.started': z.object({ workflowId, graph: WorkflowGraph, done: z.array(nodeId) }),
  /** From here until it is left. In a session of its own: `childId` comes with the next one of the same try. */
  'workflow.node.entered': z.object({
    workflowId,
    nodeId,
    attempt,
    /** When the try began: its time counts from here. */
    startedAt: z.iso.datetime(),
    taskId: idOf('task').optional(),
    childId: idOf('session').optional(),
    /** The child's turn that ended last before this try. */
    after: z.string().nullable().optional(),
  }),
  'workflow.node.left': z.object({
    workflowId,
    nodeId,
    attempt,
    outcome: NodeOutcome,
    /** Why it failed, or what came out, for whoever does what is behind it. */
    text: z.string().max(limits.nodeResultChars),
    /** What its tasks used; absent for a session of its own, which has its own account. */
    usage: Usage.optional(),
  }),
  /** All of this change is done and committed; what is done from here on leaves in the next one, on top of it. */
  'workflow.cut': z.object({ workflowId, change: z.string().max(limits.titleChars) }),
  /** Somebody said it while it ran: what is left is planned anew with it. */
  'workflow.told': z.object({ workflowId, text: z.string().max(limits.nodeResultChars) }),
  /**
   * What is not done is to be done so. `reviewer`: what a review found is to be mended first. `person`: somebody said what
   * is to be otherwise; the graph may be as it was.
   */
  'workflow.replanned': z.object({
    workflowId,
    by: z.enum(['planner', 'reviewer', 'person']),
    why: z.string().max(limits.nodeResultChars),
    graph: WorkflowGraph,
  }),
  'workflow.finished': z.object({
    workflowId,
    outcome: WorkflowOutcome,
    why: z.string().max(limits.nodeResultChars).optional(),
  }),
} as const;

/** A node as clients show it. */
export const ShownNode = WorkflowNode.omit({ retries: true, timeoutMs: true }).extend({
  status: NodeStatus,
  attempts: z.number().int().nonnegative(),
  taskId: z.string().optional(),
  childId: z.string().optional(),
  /** Why the last try failed, or what came out. */
  text: z.string().optional(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  usage: Usage.optional(),
});
export type ShownNode = z.infer<typeof ShownNode>;

/** A session's workflow as clients show it. */
export const ShownWorkflow = z.object({
  workflowId: z.string(),
  turnId: z.string().optional(),
  title: z.string(),
  nodes: z.array(ShownNode),
  replans: z.number().int().nonnegative(),
  outcome: WorkflowOutcome.optional(),
  why: z.string().optional(),
});
export type ShownWorkflow = z.infer<typeof ShownWorkflow>;

/** How a node stands, in a word or two. */
export const nodeWords: Record<NodeStatus, string> = {
  waiting: 'not begun yet',
  running: 'works',
  done: 'done',
  failed: 'failed',
};

/** Nodes by how many stand before them at least: those of one level may run side by side. */
export function workflowLevels<N extends Pick<WorkflowNode, 'id' | 'needs'>>(nodes: readonly N[]): N[][] {
  const levels: N[][] = [];
  const placed = new Set<string>();
  for (let rest = [...nodes]; rest.length > 0; ) {
    const isFree = ({ needs }: N) => needs.every(id => placed.has(id) || !rest.some(node => node.id === id));
    const level = rest.filter(isFree);
    // In a circle nobody is first: all that is left stands together.
    const next = level.length > 0 ? level : rest;
    levels.push(next);
    for (const { id } of next) placed.add(id);
    rest = rest.filter(node => !next.includes(node));
  }
  return levels;
}
