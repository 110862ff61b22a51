import type { ClientFailure, ClientResult } from '@deckhand/shared/client';
import { useCallback, useEffect, useRef, useState } from 'react';

export type Polled<T> = { value: T | null; failure: ClientFailure | null; again: () => void };

/**
 * Asks at once and then every `everyMs` (null: not again) while the page is visible. A failure keeps the value
 * that was there and is tried again.
 */
export function usePolled<T extends object>(
  ask: () => Promise<ClientResult<T>>,
  everyMs: (value: T | null) => number | null,
): Polled<T> {
  const [state, setState] = useState<{ value: T | null; failure: ClientFailure | null }>({
    value: null,
    failure: null,
  });
  const [round, setRound] = useState(0);
  const interval = useRef(everyMs);
  interval.current = everyMs;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks anew
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last: T | null = null;
    const look = async () => {
      clearTimeout(timer);
      if (document.visibilityState === 'visible') {
        const answer = await ask();
        if (over) return;
        if (answer.ok) last = answer;
        setState(before => (answer.ok ? { value: answer, failure: null } : { ...before, failure: answer }));
      }
      const ms = interval.current(last);
      if (ms !== null && !over) timer = setTimeout(() => void look(), ms);
    };
    const onVisible = () => document.visibilityState === 'visible' && void look();
    void look();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      over = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [ask, round]);
  return { ...state, again: useCallback(() => setRound(n => n + 1), []) };
}
