import { Icon } from '../parts/Icon.tsx';
import { duration } from '../words.ts';

/** What a model thought before it answered: one quiet line, open to whoever wants to read. No time: it still thinks. */
export function ReasoningRow({ text, durationMs }: { text: string; durationMs?: number }) {
  return (
    <details className="dh-reasoning" data-testid={durationMs === undefined ? 'live-reasoning' : 'reasoning'}>
      <summary className="dh-line">
        {durationMs === undefined ? <span className="dh-spinner" aria-hidden="true" /> : <Icon name="info" />}
        {durationMs === undefined ? 'Thinking…' : `Thought for ${duration(durationMs)}`}
      </summary>
      <div className="dh-reasoning-text">{text}</div>
    </details>
  );
}
