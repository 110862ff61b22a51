import { useEffect, useRef, useSyncExternalStore } from 'react';

/** What can be done on the page that is open, for keys and the palette. */
export type PageAction = { id: string; label: string; run: () => void };

let actions: readonly PageAction[] = [];
const listeners = new Set<() => void>();
const set = (next: readonly PageAction[]) => {
  actions = next;
  for (const tell of listeners) tell();
};
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const usePageActions = () => useSyncExternalStore(subscribe, () => actions);

export const pageAction = (id: string) => actions.find(action => action.id === id);

/** Offers this as long as the component lives and `offered` holds. */
export function usePageAction(id: string, label: string, run: () => void, offered = true): void {
  const newest = useRef(run);
  newest.current = run;
  useEffect(() => {
    if (!offered) return;
    const action = { id, label, run: () => newest.current() };
    set([...actions, action]);
    return () => set(actions.filter(each => each !== action));
  }, [id, label, offered]);
}
