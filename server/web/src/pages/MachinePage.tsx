import type { ReactNode } from 'react';
import { client } from '../client.ts';
import { Meters } from '../machine/Meters.tsx';
import { RepoCard } from '../machine/RepoCard.tsx';
import { SandboxRows } from '../machine/SandboxRows.tsx';
import { usePolled } from '../usePolled.ts';
import { useTitle } from '../useTitle.ts';

const askImages = () => client.http['image.list']({});
/** A machine holds some dozens of sandboxes: those who have one are among the sessions used last. */
const recentSessions = 100;

async function askSandboxes() {
  const [found, recent] = await Promise.all([
    client.http['sandbox.list']({}),
    client.http['session.list']({ limit: recentSessions }),
  ]);
  if (!found.ok) return found;
  const titles = new Map(recent.ok ? recent.sessions.map(({ id, title }) => [id, title]) : []);
  return { ...found, titles };
}

/** What is made ready ahead, and what is at work now. */
export function MachinePage() {
  useTitle('Images and sandboxes');
  const images = usePolled(askImages, value =>
    value?.images.some(({ build }) => build?.state === 'building') ? 1_000 : 3_000,
  );
  const use = usePolled(askSandboxes, () => 3_000);
  const repos = images.value?.images;
  return (
    <main className="machine" data-testid="machine">
      <header className="session-head">
        <a href="/" className="home-link" aria-label="All sessions">
          <img src="/anchor.svg" alt="" width="24" height="24" />
        </a>
        <h1>Images and sandboxes</h1>
      </header>
      <div className="machine-body">
        <Part title="Images" failure={images.failure?.message}>
          <p className="dh-quiet">
            Sessions start from the image of their repository: cloned, installed and built ahead.
          </p>
          {repos?.length === 0 && (
            <p className="dh-empty">
              No repository is set up. Add one to <code>repos.json</code>.
            </p>
          )}
          {repos?.map(repo => (
            <RepoCard key={repo.repo} repo={repo} onAsked={images.again} />
          ))}
        </Part>
        <Part title="Sandboxes" failure={use.failure?.message}>
          {use.value?.machine && <Meters machine={use.value.machine} />}
          {use.value && !use.value.machine && (
            <p className="dh-error" role="alert" data-testid="no-engine">
              Docker is not ready: no sandbox can be made, and no image built, until it is.
            </p>
          )}
          {use.value && <SandboxRows sandboxes={use.value.sandboxes} titles={use.value.titles} />}
        </Part>
      </div>
    </main>
  );
}

function Part({
  title,
  failure,
  children,
}: {
  title: string;
  failure: string | undefined;
  children: ReactNode;
}) {
  return (
    <section className="machine-part" aria-label={title}>
      <h2>{title}</h2>
      {failure && (
        <p className="problem" role="alert">
          {failure}
        </p>
      )}
      {children}
    </section>
  );
}
