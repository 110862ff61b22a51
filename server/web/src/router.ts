import { idOf } from '@deckhand/shared';
import { useSyncExternalStore } from 'react';

const SessionId = idOf('session');
const BuildId = idOf('build');

/** The page's places. */
export type Route =
  | { page: 'home' }
  | { page: 'session'; sessionId: string }
  | { page: 'diff'; sessionId: string }
  | { page: 'replay'; sessionId: string }
  | { page: 'replay-file' }
  | { page: 'machine' }
  | { page: 'stats' }
  | { page: 'audit' }
  | { page: 'agents' }
  | { page: 'build'; repo: string; buildId: string }
  | { page: 'not-found' };

export const sessionPath = (sessionId: string) => `/sessions/${sessionId}`;
export const diffPath = (sessionId: string) => `/sessions/${sessionId}/diff`;
/** Names a file of a diff in its page's address. */
export const fileHash = (path: string) => `#file-${encodeURIComponent(path)}`;
export const diffFilePath = (sessionId: string, path: string) => diffPath(sessionId) + fileHash(path);
export const replayPath = (sessionId: string) => `/sessions/${sessionId}/replay`;

export const replayFilePath = '/replay';
export const machinePath = '/machine';
export const statsPath = '/stats';
export const auditPath = '/audit';
export const agentsPath = '/agents';
export const buildPath = (repo: string, buildId: string) =>
  `${machinePath}/${encodeURIComponent(repo)}/builds/${buildId}`;

export function routeOf(path: string): Route {
  if (path === '/') return { page: 'home' };
  if (/^\/stats\/?$/.test(path)) return { page: 'stats' };
  if (/^\/audit\/?$/.test(path)) return { page: 'audit' };
  if (/^\/agents\/?$/.test(path)) return { page: 'agents' };
  if (/^\/machine\/?$/.test(path)) return { page: 'machine' };
  if (/^\/replay\/?$/.test(path)) return { page: 'replay-file' };
  const [, repo, buildId] = path.match(/^\/machine\/([\w.-]+)\/builds\/([^/]+)\/?$/) ?? [];
  if (repo && BuildId.safeParse(buildId).success) return { page: 'build', repo, buildId: buildId ?? '' };
  const [, sessionId, , part] = path.match(/^\/sessions\/([^/]+)(\/(diff|replay))?\/?$/) ?? [];
  if (!sessionId || !SessionId.safeParse(sessionId).success) return { page: 'not-found' };
  return { page: part === 'diff' || part === 'replay' ? part : 'session', sessionId };
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

const modified = (event: MouseEvent) => event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;

/** Every link to a place of the page goes there without loading it anew; new tabs and windows stay the browser's business. */
export function takeLinks(): void {
  document.addEventListener('click', event => {
    if (event.defaultPrevented || event.button !== 0 || modified(event)) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return;
    const here = link.pathname === location.pathname && link.search === location.search;
    if ((here && link.hash) || routeOf(link.pathname).page === 'not-found') return;
    event.preventDefault();
    if (!here) go(link.pathname + link.search + link.hash);
  });
}
