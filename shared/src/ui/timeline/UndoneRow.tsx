import { type ReactNode, useState } from 'react';
import type { Item } from '../../view/index.ts';
import { Icon } from '../parts/Icon.tsx';
import { undoneText } from '../words.ts';

/** What a rewind undid: one line, which opens to all of it. */
export function UndoneRow({ items, children }: { items: readonly Item[]; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const ends = items.filter(item => item.kind === 'turn.end');
  const steps = ends.reduce((sum, { usage }) => sum + usage.steps, 0);
  return (
    <li className="dh-undone" data-testid="undone">
      <button
        type="button"
        className="dh-link dh-undone-line"
        aria-expanded={open}
        data-testid="undone-line"
        onClick={() => setOpen(!open)}
      >
        <Icon name="undo" /> {undoneText(steps, ends.length)}
        <span className={`dh-turns${open ? ' dh-turns-open' : ''}`}>
          <Icon name="right" />
        </span>
      </button>
      {open && (
        <ol className="dh-items" aria-label="Undone">
          {children}
        </ol>
      )}
    </li>
  );
}
