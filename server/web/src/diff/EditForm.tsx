import { limits, linesText } from '@deckhand/shared';
import { useState } from 'react';
import { client } from '../client.ts';
import type { Picked } from './picked.ts';

/** Lines as they are after the change, to be written anew: a commit of whoever does it. What is refused stays here. */
export function EditForm({
  sessionId,
  path,
  picked,
  quote,
  onDone,
  onClose,
}: {
  sessionId: string;
  path: string;
  picked: Picked;
  /** What stands there. */
  quote: string;
  onDone: () => void;
  onClose: () => void;
}) {
  // A text box knows no returns: they are put back.
  const returns = quote.endsWith('\r');
  const [text, setText] = useState(() => quote.replaceAll('\r\n', '\n').replace(/\r$/, ''));
  const [problem, setProblem] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const save = async () => {
    setSaving(true);
    const after =
      returns && text !== ''
        ? text
            .split('\n')
            .map(line => `${line}\r`)
            .join('\n')
        : text;
    const { from, to } = picked;
    const saved = await client.http['file.edit']({ sessionId, path, from, to, before: quote, after });
    setSaving(false);
    setProblem(saved.ok ? null : saved.message);
    if (saved.ok) onDone();
  };
  return (
    <div className="diff-form" data-testid="edit-form">
      <textarea
        className="diff-code"
        // biome-ignore lint/a11y/noAutofocus: it opened because somebody wants to write
        autoFocus
        rows={Math.min(12, text.split('\n').length + 1)}
        maxLength={limits.editChars}
        value={text}
        spellCheck={false}
        aria-label={`Edit ${linesText(picked)}`}
        data-testid="edit-text"
        onChange={event => setText(event.target.value)}
      />
      {problem && (
        <p className="dh-error" role="alert">
          {problem}
        </p>
      )}
      <div className="diff-form-acts">
        <span className="dh-quiet diff-form-hint">Becomes a commit in your name.</span>
        <button type="button" className="dh-button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          className="dh-button dh-button-primary"
          disabled={saving || text === quote}
          data-testid="save-edit"
          onClick={() => void save()}
        >
          {saving ? 'Saving…' : 'Commit'}
        </button>
      </div>
    </div>
  );
}
