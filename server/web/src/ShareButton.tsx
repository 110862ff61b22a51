import { Icon } from '@deckhand/shared/ui';
import { useState } from 'react';

/** Copies this session's address. */
export function ShareButton() {
  const [word, setWord] = useState('Copy link');
  const copy = async () => {
    const url = location.origin + location.pathname;
    const copied = await navigator.clipboard?.writeText(url).then(
      () => true,
      () => false,
    );
    // Browsers refuse the clipboard on plain HTTP: then the link is shown to be copied by hand.
    if (!copied) prompt('Link to this session', url);
    setWord(copied ? 'Copied' : 'Copy link');
    setTimeout(() => setWord('Copy link'), 2000);
  };
  return (
    <button type="button" className="dh-button" data-testid="share" onClick={() => void copy()}>
      <Icon name="link" /> {word}
    </button>
  );
}
