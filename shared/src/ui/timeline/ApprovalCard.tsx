import type { ReactNode } from 'react';
import type { Extent } from '../../index.ts';
import type { ApprovalItem } from '../../view/index.ts';
import { Icon } from '../parts/Icon.tsx';
import { RelativeTime } from '../parts/RelativeTime.tsx';
import { approvalAction, approvalTitle, extentWord, mayAnswerLine, riskLine } from '../words.ts';
import { AnswerButtons, EditedText, useEditing } from './AnswerButtons.tsx';

/** What waits for somebody's yes: what exactly, why, how risky, who may say it, until when. */
export function ApprovalCard({ item }: { item: ApprovalItem }) {
  const { asked } = item;
  const { why, risk, who, expiresAt } = asked;
  const may = mayAnswerLine(who);
  return (
    <section className="dh-approval" aria-label={approvalTitle(asked)} data-testid="approval">
      <div className="dh-approval-title">
        <Icon name="ask" />
        {approvalTitle(asked)}
        {risk && (
          <span className={`dh-risk dh-risk-${risk.level}`} data-testid="approval-risk">
            {riskLine(risk)}
          </span>
        )}
      </div>
      <Answering item={item}>
        {(why || (risk && risk.reasons.length > 0)) && (
          <ul className="dh-approval-why">
            {why && <li>{why}</li>}
            {risk?.reasons.map(reason => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
        {(may || expiresAt) && (
          <div className="dh-approval-note">
            {may && <span data-testid="approval-who">{may}</span>}
            {expiresAt && (
              <span data-testid="approval-expires">
                Refused, unless answered, <RelativeTime at={expiresAt} />
              </span>
            )}
          </div>
        )}
      </Answering>
    </section>
  );
}

/** The action and its buttons, what there is to know of it between them. */
function Answering({ item: { approvalId, asked }, children }: { item: ApprovalItem; children: ReactNode }) {
  const action = approvalAction(asked);
  const editing = useEditing(approvalId, action);
  const wide = (asked.extents ?? []).filter((extent): extent is Exclude<Extent, 'once'> => extent !== 'once');
  return (
    <>
      {editing.edited === null && (
        <pre className="dh-approval-action" data-testid="approval-action">
          {action}
        </pre>
      )}
      <EditedText
        editing={editing}
        label="Edit what runs"
        testId="approval-text"
        mostRows={12}
        className="dh-approval-edit"
      />
      {children}
      <AnswerButtons
        editing={editing}
        yes={extentWord.once}
        wide={wide}
        editId={asked.what?.edits ? 'edit-action' : null}
      />
    </>
  );
}
