import { type MouseEvent, type ReactNode, useSyncExternalStore } from 'react';

/** The page's places. */
export type Route =
  | { page: 'home' }
  | { page: 'session'; sessionId: string }
  | { page: 'diff'; sessionId: string }
  | { page: 'not-found' };

export const sessionPath = (sessionId: string) => `/sessions/${sessionId}`;
export const diffPath = (sessionId: string) => `/sessions/${sessionId}/diff`;

export function routeOf(path: string): Route {
  if (path === '/') return { page: 'home' };
  const [, sessionId, diff] = path.match(/^\/sessions\/(ses_[A-Za-z0-9]+)(\/diff)?\/?$/) ?? [];
  if (!sessionId) return { page: 'not-found' };
  return diff ? { page: 'diff', sessionId } : { page: 'session', sessionId };
}

const moved = 'deckhand:moved';

export function go(path: string): void {
  history.pushState(null, '', path);
  dispatchEvent(new Event(moved));
  scrollTo(0, 0);
}

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener);
  addEventListener(moved, listener);
  return () => {
    removeEventListener('popstate', listener);
    removeEventListener(moved, listener);
  };
}

export const usePath = () => useSyncExternalStore(subscribe, () => location.pathname);

/** A real link that does not load the page anew. */
export function Link(props: {
  to: string;
  className?: string;
  children: ReactNode;
  label?: string;
  testId?: string;
}) {
  const onClick = (event: MouseEvent) => {
    // New tabs and windows stay the browser's business.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(props.to);
  };
  return (
    <a
      href={props.to}
      className={props.className}
      aria-label={props.label}
      data-testid={props.testId}
      onClick={onClick}
    >
      {props.children}
    </a>
  );
}
