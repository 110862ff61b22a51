import { type LineComment, limits, linesText } from '@deckhand/shared';
import { type PatchLine, quoteOf } from '@deckhand/shared/ui/diff';
import { type KeyboardEvent, useId, useState } from 'react';
import { type Picked, pathOn } from './picked.ts';
import type { ShownFile } from './useDiff.ts';

/** Below the lines that it is about, which may be changed here, too. */
export function CommentForm({
  file,
  lines,
  picked,
  commit,
  onPick,
  onAdd,
  onEdit,
  onClose,
}: {
  file: ShownFile;
  lines: readonly PatchLine[];
  picked: Picked;
  commit: string | null;
  onPick: (picked: Picked) => void;
  onAdd: (comment: LineComment) => void;
  /** To change these lines instead; null where that cannot be. */
  onEdit: (() => void) | null;
  onClose: () => void;
}) {
  const id = useId();
  const [text, setText] = useState('');
  const { side, from, to } = picked;
  const quote = quoteOf(lines, picked);
  const path = pathOn(file, side);
  const add = () => {
    if (text.trim() === '' || quote === null) return;
    const at = commit ? { commit } : {};
    onAdd({ ...picked, path, quote: quote.slice(0, limits.commentQuoteChars), text: text.trim(), ...at });
    onClose();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) add();
  };
  const numbers = lines.flatMap(line => line[side] ?? []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the fields inside
    <div className="diff-form" data-testid="comment-form" onKeyDown={onKey}>
      <div className="diff-form-place">
        <label htmlFor={`${id}-from`}>From line</label>
        <select
          id={`${id}-from`}
          className="dh-select"
          value={from}
          data-testid="comment-from"
          onChange={event => onPick({ side, from: Number(event.target.value), to })}
        >
          {numbers
            .filter(number => number <= to)
            .map(number => (
              <option key={number}>{number}</option>
            ))}
        </select>
        <span className="dh-quiet">
          {from === to ? '' : `to ${to}`}
          {side === 'before' ? ' before the change' : ''}
        </span>
      </div>
      {quote === null && (
        <p className="dh-error" role="alert">
          Some of these lines are not shown here. Take lines that follow each other.
        </p>
      )}
      <textarea
        // biome-ignore lint/a11y/noAutofocus: it opened because somebody wants to write
        autoFocus
        rows={3}
        maxLength={limits.commentChars}
        value={text}
        aria-label={`Comment on ${linesText(picked)}`}
        placeholder="What should change here?"
        data-testid="comment-text"
        onChange={event => setText(event.target.value)}
      />
      <div className="diff-form-acts">
        <span className="dh-quiet diff-form-hint">Shift and a line’s number takes more lines.</span>
        {onEdit && quote !== null && (
          <button type="button" className="dh-button" data-testid="edit-lines" onClick={onEdit}>
            Edit instead
          </button>
        )}
        <button type="button" className="dh-button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          className="dh-button dh-button-primary"
          disabled={text.trim() === '' || quote === null}
          data-testid="add-comment"
          onClick={add}
        >
          Add to review
        </button>
      </div>
    </div>
  );
}
