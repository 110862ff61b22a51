import { Icon } from '@deckhand/shared/ui';
import { useState } from 'react';
import { SessionList } from './SessionList.tsx';

const closedKey = 'deckhand.sideList';

const isKeptClosed = () => {
  try {
    return localStorage.getItem(closedKey) === 'closed';
  } catch {
    return false; // storage may be forbidden; then it opens with each page
  }
};

/** The list of sessions beside the one that is open. */
export function SideList({ current }: { current: string }) {
  const [closed, setClosed] = useState(isKeptClosed);
  const toggle = () => {
    setClosed(!closed);
    try {
      localStorage.setItem(closedKey, closed ? 'open' : 'closed');
    } catch {
      // As above.
    }
  };
  return (
    <nav className={`side-sessions${closed ? ' side-sessions-closed' : ''}`} aria-label="All sessions">
      <div className="side-sessions-head">
        {!closed && (
          <a href="/" className="dh-link" data-testid="new-session-link">
            New session
          </a>
        )}
        <button
          type="button"
          className="dh-button dh-button-icon"
          aria-label="List of sessions"
          title="List of sessions"
          aria-expanded={!closed}
          data-testid="toggle-side-list"
          onClick={toggle}
        >
          <Icon name="list" />
        </button>
      </div>
      {!closed && <SessionList current={current} />}
    </nav>
  );
}
