import { useState } from 'react';
import { type NodeStatus, type ShownNode, type ShownWorkflow, workflowLevels } from '../../index.ts';
import { Icon } from '../parts/Icon.tsx';
import { useSessionLinks } from '../sessionLinks.ts';
import { count, duration, nodeMs, nodeStanding, nodeWho, workflowText } from '../words.ts';

/** Large work, live: one line, and its parts in columns by what they need, where somebody wants to see them. */
export function WorkflowView({ workflow, running }: { workflow: ShownWorkflow; running: boolean }) {
  const [toggled, setToggled] = useState(false);
  const open = running !== toggled;
  const now = workflow.nodes.filter(({ status }) => status === 'running').map(({ id }) => id);
  return (
    <section className="dh-todo dh-workflow" aria-label="Parts of the work" data-testid="workflow">
      <button
        type="button"
        className="dh-todo-line"
        aria-expanded={open}
        data-testid="workflow-toggle"
        onClick={() => setToggled(!toggled)}
      >
        <Icon name="branch" />
        <span className="dh-todo-count">{workflowText(workflow)}</span>
        <span className="dh-todo-now">{!open && now.length > 0 ? now.join(', ') : workflow.title}</span>
        <span className={`dh-turns${open ? ' dh-turns-open' : ''}`}>
          <Icon name="right" />
        </span>
      </button>
      {open && <WorkflowLevels nodes={workflow.nodes} />}
    </section>
  );
}

/** Nodes in columns: whatever needs another stands to the right of it; on a narrow screen below. */
export function WorkflowLevels({ nodes, whole = false }: { nodes: readonly ShownNode[]; whole?: boolean }) {
  return (
    <ol className="dh-workflow-levels">
      {workflowLevels(nodes).map(level => (
        <li key={level.map(({ id }) => id).join(' ')}>
          <ol className="dh-workflow-level">
            {level.map(node => (
              <NodeCard key={node.id} node={node} whole={whole} />
            ))}
          </ol>
        </li>
      ))}
    </ol>
  );
}

const marks: Partial<Record<NodeStatus, 'check' | 'cross'>> = { done: 'check', failed: 'cross' };

/** `whole`: all that somebody says yes to. */
function NodeCard({ node, whole }: { node: ShownNode; whole: boolean }) {
  const { sessionUrl } = useSessionLinks();
  const { id, goal, check, done, change, needs, status, childId, usage, text } = node;
  const mark = marks[status];
  const href = childId ? sessionUrl?.(childId) : null;
  // What runs is shown with the time of what ended; a clock in each would only draw the eye.
  const ms = status === 'running' ? undefined : nodeMs(node, 0);
  return (
    <li
      className={`dh-node dh-node-${status}`}
      data-testid="workflow-node"
      data-node={id}
      data-status={status}
    >
      <p className="dh-node-head">
        {status === 'running' && <span className="dh-spinner" role="img" aria-label="works" />}
        {mark && <Icon name={mark} />}
        <strong>
          {href ? (
            <a className="dh-link" href={href}>
              {id}
            </a>
          ) : (
            id
          )}
        </strong>
        <span className="dh-quiet">{nodeStanding(node)}</span>
      </p>
      <p className={whole ? 'dh-node-whole' : 'dh-node-goal'} title={goal}>
        {whole ? goal : goal.split('\n')[0]}
      </p>
      <p className="dh-quiet">
        {[
          nodeWho(node),
          ms !== undefined && duration(ms),
          usage && `${count(usage.inputTokens + usage.outputTokens)} tokens`,
          change && `in “${change}”`,
          needs.length > 0 && `after ${needs.join(', ')}`,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {whole && check && (
        <p className="dh-quiet">
          Done when <code>{check}</code> ends well
        </p>
      )}
      {whole && done && <p className="dh-quiet">Done when a reviewer sees: {done}</p>}
      {status === 'failed' && text && <p className="dh-node-why">{text.split('\n')[0]}</p>}
    </li>
  );
}
