import { type ReactNode, useState } from 'react';
import type { WorkflowGraph, WorkflowNode } from '../../index.ts';
import type { ApprovalItem } from '../../view/index.ts';
import { Icon } from '../parts/Icon.tsx';
import { AnswerButtons, type Editing } from '../timeline/AnswerButtons.tsx';
import { useAnswer } from '../timeline/useAnswer.ts';
import { WorkflowLevels } from './WorkflowView.tsx';

/** A node that is being changed; its form keeps its place whatever is changed or removed. */
type Draft = { key: number; node: WorkflowNode };

/** Parts of large work that wait for a yes: as they were proposed, or as somebody changes them in a form. */
export function OpenWorkflow({ item, graph }: { item: ApprovalItem; graph: WorkflowGraph }) {
  const answering = useAnswer(item.approvalId);
  const [draft, setDraft] = useState<Draft[] | null>(null);
  const editing: Editing = {
    ...answering,
    edited: draft === null ? null : item.text,
    setEdited: () => {},
    tooLong: false,
    isWrong: draft?.length === 0,
    toggle: () => setDraft(draft === null ? graph.nodes.map((node, key) => ({ key, node })) : null),
    approve: () =>
      void answering.answer({
        approve: true,
        ...(draft === null ? {} : { workflow: { ...graph, nodes: draft.map(({ node }) => filled(node)) } }),
      }),
  };
  const nodes = draft?.map(({ node }) => node) ?? graph.nodes;
  return (
    <section className="dh-approval" aria-label="Parts of the work" data-testid="approval">
      <div className="dh-approval-title">
        <Icon name="branch" />
        {graph.title}: {nodes.length === 1 ? 'one part waits' : `${nodes.length} parts wait`} for approval
      </div>
      {draft === null ? (
        <WorkflowLevels whole nodes={nodes.map(node => ({ ...node, status: 'waiting', attempts: 0 }))} />
      ) : (
        <>
          {draft.map(({ key, node }, at) => (
            <NodeForm
              key={key}
              node={node}
              onChange={changed => setDraft(draft.with(at, { key, node: changed }))}
              onRemove={() => setDraft(draft.toSpliced(at, 1))}
            />
          ))}
          <div>
            <button
              type="button"
              className="dh-button"
              data-testid="node-add"
              onClick={() => setDraft([...draft, empty(draft)])}
            >
              Add a part
            </button>
          </div>
        </>
      )}
      <AnswerButtons editing={editing} yes="Approve and run" editId="edit-workflow" />
    </section>
  );
}

/** What is left empty is not said. */
const filled = ({ check, done, repo, change, ...node }: WorkflowNode): WorkflowNode => ({
  ...node,
  ...(check?.trim() ? { check } : {}),
  ...(done?.trim() ? { done } : {}),
  ...(repo?.trim() ? { repo } : {}),
  ...(change?.trim() ? { change } : {}),
});

function empty(draft: readonly Draft[]): Draft {
  const key = Math.max(0, ...draft.map(each => each.key)) + 1;
  return { key, node: { id: `part-${key + 1}`, agent: 'builder', goal: '', needs: [] } };
}

function NodeForm({
  node,
  onChange,
  onRemove,
}: {
  node: WorkflowNode;
  onChange: (node: WorkflowNode) => void;
  onRemove: () => void;
}) {
  const { id, agent, goal, check = '', done = '', repo = '', change = '', needs } = node;
  // As it is typed: a list is made of it once it is left.
  const [after, setAfter] = useState(needs.join(', '));
  const text = (
    name: 'id' | 'agent' | 'check' | 'done' | 'repo' | 'change',
    value: string,
    label: string,
  ) => (
    <Field label={label}>
      <input
        className="dh-edit"
        data-testid={`node-${name}`}
        value={value}
        onChange={event => onChange({ ...node, [name]: event.target.value })}
      />
    </Field>
  );
  return (
    <fieldset className="dh-node dh-node-edit" data-testid="node-form" data-node={id}>
      <div className="dh-node-fields">
        {text('id', id, 'Name')}
        {text('agent', agent, 'Agent')}
        {text('repo', repo, 'Other repository')}
        {text('change', change, 'Leaves in the change')}
        <Field label="After">
          <input
            className="dh-edit"
            data-testid="node-needs"
            value={after}
            onChange={event => {
              setAfter(event.target.value);
              onChange({ ...node, needs: event.target.value.split(/[\s,]+/).filter(Boolean) });
            }}
          />
        </Field>
      </div>
      <Field label="Goal">
        <textarea
          className="dh-edit"
          data-testid="node-goal"
          rows={Math.min(8, goal.split('\n').length + 1)}
          value={goal}
          onChange={event => onChange({ ...node, goal: event.target.value })}
        />
      </Field>
      <div className="dh-node-fields">
        {text('check', check, 'Done when this command ends well')}
        {text('done', done, 'Done when a reviewer sees that')}
      </div>
      <div>
        <button type="button" className="dh-button" data-testid="node-remove" onClick={onRemove}>
          Remove
        </button>
      </div>
    </fieldset>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: what it names stands inside it
    <label>
      {label}
      {children}
    </label>
  );
}
