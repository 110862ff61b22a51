import type { RepoImage } from '@deckhand/shared';
import { bytes, CopyButton, duration, RelativeTime } from '@deckhand/shared/ui';
import type { ReactNode } from 'react';
import { BuildLine } from './BuildLine.tsx';
import { RefreshButtons } from './RefreshButtons.tsx';
import { SecretList } from './SecretList.tsx';
import { poolText, portText, sourceText } from './words.ts';

/** A repository: the image that its sessions start from, and how the newest build of it stands. */
export function RepoCard({ repo, onAsked }: { repo: RepoImage; onAsked: () => void }) {
  const { image, pool } = repo;
  return (
    <section className="card" aria-label={repo.repo} data-testid="repo" data-repo={repo.repo}>
      <div className="card-head">
        <h3>{repo.repo}</h3>
        <RefreshButtons repo={repo.repo} onAsked={onAsked} />
      </div>
      <BuildLine repo={repo} />
      {!image && !repo.build && (
        <p className="dh-quiet">
          No image yet: sessions start from the base image, they clone and install first. “Check for updates”
          builds one.
        </p>
      )}
      <dl className="facts">
        {image && <ImageFacts image={image} />}
        <Fact name="Pool">
          <span data-testid="pool">{poolText(pool)}</span>
        </Fact>
      </dl>
      {image && image.notes.length > 0 && (
        <ul className="notes" aria-label="Notes">
          {image.notes.map(note => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <SecretList repo={repo.repo} />
    </section>
  );
}

function ImageFacts({ image }: { image: NonNullable<RepoImage['image']> }) {
  const { commit, branch, builtAt, durationMs, source, services, ports } = image;
  const short = commit.slice(0, 12);
  return (
    <>
      <Fact name="Image">
        <span data-testid="image">
          <RelativeTime at={builtAt} />, built in {duration(durationMs)}
        </span>
      </Fact>
      <Fact name="Commit">
        <code title={commit}>{short}</code>
        <CopyButton text={commit} label={`Copy commit ${short}`} iconOnly testId="copy-commit" />
        on {branch}
      </Fact>
      <Fact name="Size">{bytes(image.bytes)}</Fact>
      <Fact name="Environment">{sourceText(source)}</Fact>
      {services.length > 0 && <Fact name="Services">{services.join(', ')}</Fact>}
      {ports.length > 0 && <Fact name="Ports">{ports.map(portText).join(', ')}</Fact>}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
