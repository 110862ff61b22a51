import { useState } from 'react';
import { limits } from '../../index.ts';
import type { ApprovalItem } from '../../view/index.ts';
import { Icon } from '../parts/Icon.tsx';
import { Markdown } from '../parts/Markdown.tsx';
import { answeredLine, approvalAction } from '../words.ts';
import { OpenWorkflow } from '../workflow/OpenWorkflow.tsx';
import { AnswerButtons, EditedText, useEditing } from './AnswerButtons.tsx';
import { ApprovalCard } from './ApprovalCard.tsx';
import { LineRow } from './LineRow.tsx';

/** What waits for somebody's yes or no, with the buttons for it; answered, one line that says by whom. */
export function ApprovalRow({ item }: { item: ApprovalItem }) {
  if (item.state !== 'open') {
    const icon = { approved: 'check', refused: 'cross', replaced: 'info', expired: 'info' } as const;
    return <LineRow icon={icon[item.state]}>{answered(item)}</LineRow>;
  }
  if (item.undone)
    return <LineRow icon="ask">{item.plan ? 'A plan waited here' : approvalAction(item.asked)}</LineRow>;
  const { workflow } = item.asked;
  if (workflow) return <OpenWorkflow key={item.approvalId} item={item} graph={workflow} />;
  return item.plan ? <OpenPlan item={item} /> : <ApprovalCard item={item} />;
}

type Answered = Exclude<ApprovalItem, { state: 'open' }>;

function answered({ state, by, edited, plan, asked, extent, action }: Answered): string {
  const who = by ? ` by ${by.name}` : '';
  if (plan)
    return {
      approved: `Plan approved${who}${edited ? ', edited' : ''}`,
      refused: `Plan refused${who}`,
      replaced: 'This plan does not wait any more',
      expired: 'Nobody answered this plan in time',
    }[state];
  const approved = state === 'approved';
  const line = answeredLine({
    approved,
    by,
    edited,
    expired: state === 'expired',
    replaced: state === 'replaced',
    extent,
  });
  return `${line}: ${action ?? approvalAction(asked)}`;
}

function OpenPlan({ item: { approvalId, text } }: { item: ApprovalItem }) {
  const editing = useEditing(approvalId, text);
  const [shown, setShown] = useState(false);
  return (
    <section className="dh-approval" aria-label="Plan" data-testid="approval">
      <div className="dh-approval-title">
        <Icon name="list" />
        This plan waits for approval
      </div>
      {shown && editing.edited === null && <Markdown text={text} />}
      <EditedText editing={editing} label="Edit the plan" testId="plan-text" mostRows={18} />
      {editing.tooLong && (
        <div className="dh-error">A plan has at most {limits.planChars.toLocaleString('en')} characters.</div>
      )}
      <AnswerButtons editing={editing} yes="Approve" editId="edit-plan">
        <button type="button" className="dh-link" aria-expanded={shown} onClick={() => setShown(!shown)}>
          {shown ? 'Hide plan' : 'Show plan here'}
        </button>
      </AnswerButtons>
    </section>
  );
}
