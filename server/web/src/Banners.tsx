import type { Me } from '@deckhand/shared';
import { Icon } from '@deckhand/shared/ui';
import { client } from './client.ts';
import { usePolled } from './usePolled.ts';

const askReadiness = () => client.http.readiness({});

/** What everybody should know: the server is still getting ready, or the model only rehearses. */
export function Banners({ me }: { me: Me }) {
  const { value } = usePolled(askReadiness, readiness => (readiness?.ready ? null : 2000));
  const parts = value?.parts.filter(part => part.state !== 'ok') ?? [];
  return (
    <>
      {parts.map(part => (
        <div
          key={part.name}
          className={`banner banner-${part.state}`}
          role="status"
          data-testid="banner-readiness"
          data-state={part.state}
        >
          {part.state === 'failed' ? (
            <Icon name="warning" />
          ) : (
            <span className="dh-spinner" aria-hidden="true" />
          )}
          <span>{part.detail || `Getting ready: ${part.name}`}</span>
        </div>
      ))}
      {me.rehearsal && (
        <div className="banner" data-testid="banner-rehearsal">
          <Icon name="info" />
          <span>
            Rehearsal model: plays a fixed script on the sample repository. Set <code>OPENAI_API_KEY</code>{' '}
            for the real thing.
          </span>
        </div>
      )}
    </>
  );
}
