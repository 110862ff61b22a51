import { type ReactNode, useState } from 'react';
import { type Extent, limits } from '../../index.ts';
import { toEndOfText } from '../parts/toEndOfText.ts';
import { extentWord } from '../words.ts';
import { useAnswer } from './useAnswer.ts';

export type Editing = ReturnType<typeof useEditing>;

/** An answer to what waits, as it stands or as somebody changes it; `edited` is null while nobody does. */
export function useEditing(approvalId: string, text: string) {
  const answering = useAnswer(approvalId);
  const [edited, setEdited] = useState<string | null>(null);
  const tooLong = edited !== null && edited.length > limits.planChars;
  return {
    ...answering,
    edited,
    setEdited,
    tooLong,
    isWrong: tooLong || edited?.trim() === '',
    /** Begins to change it, or leaves it as it was. */
    toggle: () => setEdited(edited === null ? text : null),
    approve: (extent?: Extent) => {
      const changed = edited !== null && edited !== text ? { text: edited } : {};
      void answering.answer({ approve: true, ...changed, ...(extent ? { extent } : {}) });
    },
  };
}

export function EditedText(props: {
  editing: Editing;
  label: string;
  testId: string;
  mostRows: number;
  className?: string;
}) {
  const { editing, label, testId, mostRows, className = '' } = props;
  const { edited, setEdited } = editing;
  if (edited === null) return null;
  return (
    <textarea
      ref={toEndOfText}
      className={`dh-edit ${className}`.trim()}
      aria-label={label}
      data-testid={testId}
      value={edited}
      rows={Math.min(mostRows, edited.split('\n').length + 1)}
      onChange={event => setEdited(event.target.value)}
    />
  );
}

/** Approve, edit, refuse, for those who may; and why an answer was not taken. `editId` null: it cannot be changed. */
export function AnswerButtons(props: {
  editing: Editing;
  yes: string;
  /** How much further than once a yes may reach. */
  wide?: readonly Exclude<Extent, 'once'>[];
  editId: string | null;
  /** Beside them. */
  children?: ReactNode;
}) {
  const { editing, yes, wide = [], editId, children } = props;
  const { edited, isWrong, busy, problem, mayAnswer, approve, toggle, answer } = editing;
  return (
    <>
      {problem && (
        <div className="dh-error" role="alert">
          {problem}
        </div>
      )}
      {mayAnswer && (
        <div className="dh-approval-buttons">
          <button
            type="button"
            className="dh-button dh-button-primary"
            data-testid="approve"
            disabled={busy || isWrong}
            onClick={() => approve()}
          >
            {edited === null ? yes : 'Approve as edited'}
          </button>
          {edited === null &&
            wide.map(extent => (
              <button
                key={extent}
                type="button"
                className="dh-button"
                data-testid={`approve-${extent}`}
                disabled={busy}
                onClick={() => approve(extent)}
              >
                {extentWord[extent]}
              </button>
            ))}
          {editId !== null && (
            <button type="button" className="dh-button" data-testid={editId} disabled={busy} onClick={toggle}>
              {edited === null ? 'Edit' : 'Keep as it was'}
            </button>
          )}
          <button
            type="button"
            className="dh-button"
            data-testid="refuse"
            disabled={busy}
            onClick={() => void answer({ approve: false })}
          >
            Refuse
          </button>
          {edited === null && children}
        </div>
      )}
    </>
  );
}
