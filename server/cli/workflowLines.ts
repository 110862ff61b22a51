import type { SessionEvent, ShownWorkflow } from '@deckhand/shared';
import { workflowLine } from '@deckhand/shared/view';
import { count, duration, nodeMs, nodeStanding, nodeWho, workflowText } from '@deckhand/shared/words';
import { inLine } from './shown.ts';

/** A line for large work as a whole, and one for each of its parts, in the order of what needs what. */
export function workflowLines(workflow: ShownWorkflow, nowMs: number): string[] {
  const lines = workflow.nodes.map(node => {
    const { usage } = node;
    const ms = nodeMs(node, nowMs);
    const rest = [
      nodeStanding(node),
      ms !== undefined && duration(ms),
      usage && `${count(usage.inputTokens + usage.outputTokens)} tokens`,
      node.change && `in “${inLine(node.change)}”`,
      node.needs.length > 0 && `needs ${node.needs.join(', ')}`,
      node.childId,
    ].filter(Boolean);
    return `  ${node.id}  ${nodeWho(node)}  ${rest.join(' · ')}  ${inLine(node.goal)}`;
  });
  return [`${inLine(workflow.title)}: ${workflowText(workflow)}`, ...lines];
}

/** What became of large work, in a line; null where it is of something else, or its session says it. */
export function workflowNews(event: SessionEvent): string | null {
  switch (event.type) {
    case 'workflow.started': {
      const { graph, done } = event.data;
      return `${graph.title}: ${graph.nodes.length} parts${done.length > 0 ? `, ${done.length} done` : ''}`;
    }
    case 'workflow.node.entered':
      return event.data.childId
        ? null
        : `Part ${event.data.nodeId}${event.data.attempt > 1 ? `, try ${event.data.attempt}` : ''}`;
    case 'workflow.node.left':
      return `Part ${event.data.nodeId}: ${event.data.outcome}${event.data.outcome === 'failed' ? `, ${event.data.text.split('\n')[0]}` : ''}`;
    case 'workflow.replanned':
    case 'workflow.finished':
      return workflowLine(event).text;
    default:
      return null;
  }
}
