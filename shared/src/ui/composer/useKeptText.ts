import { useCallback, useState } from 'react';

const read = (key: string) => {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return ''; // storage may be forbidden; then nothing outlives the page
  }
};

/** Text that a reload does not lose. */
export function useKeptText(key: string): [string, (text: string) => void] {
  const name = `deckhand.text.${key}`;
  const [kept, setKept] = useState(() => ({ name, text: read(name) }));
  if (kept.name !== name) setKept({ name, text: read(name) });
  const setText = useCallback(
    (text: string) => {
      setKept({ name, text });
      try {
        if (text) localStorage.setItem(name, text);
        else localStorage.removeItem(name);
      } catch {
        // Full or forbidden: the text still stands in the box.
      }
    },
    [name],
  );
  return [kept.text, setText];
}
