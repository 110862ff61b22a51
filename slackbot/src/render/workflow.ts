import type { NodeStatus, ShownNode, ShownWorkflow, WorkflowGraph } from '@deckhand/shared';
import { nodeStanding, nodeWho, workflowText } from '@deckhand/shared/words';
import { section } from './blocks.ts';
import { code, escaped, shortened } from './mrkdwn.ts';

const signs: Record<NodeStatus, string> = {
  waiting: ':white_small_square:',
  running: ':arrow_forward:',
  done: ':small_blue_diamond:',
  failed: ':small_orange_diamond:',
};
const shownNodes = 8;
/** A section holds 3,000 characters. */
const shownParts = 12;

/** How far large work is, and a line for each part that is at work or failed. */
export function workflowBlocks(workflow: ShownWorkflow | null) {
  if (!workflow || workflow.outcome === 'done') return [];
  const open = workflow.nodes.filter(({ status }) => status === 'running' || status === 'failed');
  const lines = open.slice(0, shownNodes).map(lineOf);
  const more = open.length - lines.length;
  const head = `*${escaped(shortened(workflow.title, 100))}*: ${workflowText(workflow)}`;
  return [section([head, ...lines, ...(more > 0 ? [`_${more} more_`] : [])].join('\n'))];
}

/** The parts of large work that wait for a yes. */
export function graphBlocks({ title, nodes }: WorkflowGraph) {
  const lines = nodes.slice(0, shownParts).map(node => {
    const needs = node.needs.length > 0 ? `, after ${node.needs.join(', ')}` : '';
    const after = `${needs}${node.change ? `, in “${escaped(shortened(node.change, 40))}”` : ''}`;
    const goal = escaped(shortened(node.goal.split('\n')[0] ?? '', 90));
    const check = node.check ? ` ${code(shortened(node.check, 60))}` : '';
    return `${signs.waiting} ${escaped(node.id)} (${escaped(nodeWho(node))}${after}): ${goal}${check}`;
  });
  const more = nodes.length - lines.length;
  const head = `*${escaped(shortened(title, 100))}*`;
  return [section([head, ...lines, ...(more > 0 ? [`_${more} more, on the page_`] : [])].join('\n'))];
}

const lineOf = (node: ShownNode) =>
  `${signs[node.status]} ${escaped(node.id)} (${escaped(nodeWho(node))}), ${nodeStanding(node)}: ${escaped(shortened(node.goal.split('\n')[0] ?? '', 100))}`;
