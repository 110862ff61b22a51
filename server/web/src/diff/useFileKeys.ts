import { useEffect, useRef } from 'react';

/** Just below the page's head, where a file's own head stands while its lines pass. */
const headPx = 70;

const parts = () => [...document.querySelectorAll<HTMLElement>('[data-testid="diff-file"]')];

/** The file that somebody reads: the last whose head is above, or at, the top. */
function current(): number {
  const all = parts();
  const below = all.findIndex(part => part.getBoundingClientRect().top > headPx);
  return below === -1 ? all.length - 1 : below - 1;
}

const isTyping = (target: EventTarget | null) =>
  target instanceof Element &&
  target.closest('input:not([type=checkbox]), textarea, select, dialog') !== null;

/** n and p go to the next file and the one before, v marks it as viewed, c comments on it. */
export function useFileKeys(act: { viewed: (path: string) => void; comment: (path: string) => void }): void {
  const acts = useRef(act);
  acts.current = act;
  useEffect(() => {
    const go = (index: number) => {
      const part = parts()[index];
      part?.scrollIntoView();
      part?.querySelector('button')?.focus({ preventScroll: true });
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const at = current();
      const path = parts()[Math.max(0, at)]?.dataset.path;
      if (event.key === 'n') go(Math.min(at + 1, parts().length - 1));
      else if (event.key === 'p') go(Math.max(0, at - 1));
      else if (event.key === 'v' && path !== undefined) acts.current.viewed(path);
      else if (event.key === 'c' && path !== undefined) acts.current.comment(path);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
