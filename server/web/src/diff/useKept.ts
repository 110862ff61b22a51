import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { z } from 'zod';

const changed = 'deckhand:kept';

function read(name: string): string {
  try {
    return localStorage.getItem(name) ?? '';
  } catch {
    return ''; // storage may be forbidden; then nothing outlives the page
  }
}

function subscribe(listener: () => void): () => void {
  addEventListener('storage', listener);
  addEventListener(changed, listener);
  return () => {
    removeEventListener('storage', listener);
    removeEventListener(changed, listener);
  };
}

/** What stays in this browser through a reload, the same in all its tabs. What is not of this form any more is forgotten. */
export function useKept<T>(
  key: string,
  form: z.ZodType<T>,
  initial: T,
): [T, (next: (before: T) => T) => void] {
  const name = `deckhand.${key}`;
  const text = useSyncExternalStore(subscribe, () => read(name));
  const set = useCallback(
    (next: (before: T) => T) => {
      try {
        localStorage.setItem(name, JSON.stringify(next(parsed(read(name), form, initial))));
      } catch {
        // Full or forbidden: what was kept before stays.
      }
      dispatchEvent(new Event(changed));
    },
    [name, form, initial],
  );
  return [useMemo(() => parsed(text, form, initial), [text, form, initial]), set];
}

function parsed<T>(text: string, form: z.ZodType<T>, initial: T): T {
  if (text === '') return initial;
  try {
    const found = form.safeParse(JSON.parse(text));
    return found.success ? found.data : initial;
  } catch {
    return initial;
  }
}
