import { useMedia } from '@deckhand/shared/ui';
import { lazy, Suspense } from 'react';
import { Banners } from './Banners.tsx';
import { client } from './client.ts';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { Keys } from './keys/Keys.tsx';
import { HomePage } from './pages/HomePage.tsx';
import { NotFound, SignedOut, Trouble } from './pages/Messages.tsx';
import { SessionPage } from './pages/SessionPage.tsx';
import { routeOf, usePath } from './router.ts';
import { SideList } from './sessions/SideList.tsx';
import { usePolled } from './usePolled.ts';

/** The diff component is as large as all the rest: it comes when it is looked at. */
const DiffPage = lazy(() => import('./pages/DiffPage.tsx'));
/** These are not what people come for. */
const AgentsPage = lazy(async () => ({ default: (await import('./pages/AgentsPage.tsx')).AgentsPage }));
const AuditPage = lazy(async () => ({ default: (await import('./pages/AuditPage.tsx')).AuditPage }));
const BuildPage = lazy(async () => ({ default: (await import('./pages/BuildPage.tsx')).BuildPage }));
const MachinePage = lazy(async () => ({ default: (await import('./pages/MachinePage.tsx')).MachinePage }));
const StatsPage = lazy(async () => ({ default: (await import('./pages/StatsPage.tsx')).StatsPage }));
const ReplayPage = lazy(() => import('./pages/ReplayPage.tsx'));
const ReplayFilePage = lazy(() => import('./pages/ReplayFilePage.tsx'));

const askMe = () => client.http.me({});

/** Who looks, and at what. */
export function App() {
  const path = usePath();
  const route = routeOf(path);
  const wide = useMedia('(min-width: 1200px)');
  const me = usePolled(askMe, value => (value ? null : 3000));
  if (!me.value && me.failure?.code === 'unauthorized') return <SignedOut />;
  if (!me.value && me.failure) return <Trouble failure={me.failure} />;
  if (!me.value) return null;
  const who = me.value;
  const author = { userId: who.userId, name: who.name };
  const page = () => {
    switch (route.page) {
      case 'home':
        return <HomePage me={who} />;
      case 'session':
        return (
          <SessionPage key={route.sessionId} sessionId={route.sessionId} me={author} models={who.models} />
        );
      case 'diff':
        return <DiffPage key={route.sessionId} sessionId={route.sessionId} me={who} />;
      case 'replay':
        return <ReplayPage key={route.sessionId} sessionId={route.sessionId} />;
      case 'replay-file':
        return <ReplayFilePage />;
      case 'machine':
        return <MachinePage />;
      case 'stats':
        return <StatsPage />;
      case 'agents':
        return <AgentsPage />;
      case 'audit':
        return <AuditPage />;
      case 'build':
        return <BuildPage key={route.buildId} repo={route.repo} buildId={route.buildId} />;
      case 'not-found':
        return <NotFound what="There is no such page." />;
    }
  };
  return (
    <div className="page">
      <Banners me={who} />
      <div className="page-body">
        {wide && route.page === 'session' && <SideList current={route.sessionId} />}
        <ErrorBoundary key={path}>
          <Suspense fallback={<p className="dh-empty">Loading…</p>}>{page()}</Suspense>
        </ErrorBoundary>
      </div>
      <Keys />
    </div>
  );
}
