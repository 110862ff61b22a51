import { Banners } from './Banners.tsx';
import { client } from './client.ts';
import { DiffPage } from './pages/DiffPage.tsx';
import { HomePage } from './pages/HomePage.tsx';
import { NotFound, SignedOut, Trouble } from './pages/Messages.tsx';
import { SessionPage } from './pages/SessionPage.tsx';
import { routeOf, usePath } from './router.tsx';
import { usePolled } from './usePolled.ts';

const askMe = () => client.http.me({});

/** Who looks, and at what. */
export function App() {
  const route = routeOf(usePath());
  const me = usePolled(askMe, value => (value ? null : 3000));
  if (!me.value && me.failure?.code === 'unauthorized') return <SignedOut />;
  if (!me.value && me.failure) return <Trouble failure={me.failure} />;
  if (!me.value) return null;
  const author = { userId: me.value.userId, name: me.value.name };
  const page = () => {
    switch (route.page) {
      case 'home':
        return <HomePage />;
      case 'session':
        return <SessionPage key={route.sessionId} sessionId={route.sessionId} me={author} />;
      case 'diff':
        return <DiffPage sessionId={route.sessionId} />;
      case 'not-found':
        return <NotFound what="There is no such page." />;
    }
  };
  return (
    <div className="page">
      <Banners me={me.value} />
      {page()}
    </div>
  );
}
