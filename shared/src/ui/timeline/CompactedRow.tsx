import { useState } from 'react';
import type { EventDataOf } from '../../index.ts';
import { Icon } from '../parts/Icon.tsx';
import { Markdown } from '../parts/Markdown.tsx';
import { count } from '../words.ts';

type Compacted = EventDataOf<'context.compacted'>;

/** What the agent reads of what came before from here on: one quiet line, which opens to the summary. */
export function CompactedRow({ data }: { data: Compacted }) {
  const [open, setOpen] = useState(false);
  const { before, after, summary } = data;
  const tokens = `${count(before)} to ${count(after)} tokens`;
  const words =
    summary === undefined ? `Older results shortened: ${tokens}` : `Older messages summed up: ${tokens}`;
  return (
    <div className="dh-compacted">
      <button
        type="button"
        className="dh-link dh-undone-line"
        aria-expanded={open}
        data-testid="compacted"
        onClick={() => setOpen(!open)}
      >
        <Icon name="info" /> {words}
        <span className={`dh-turns${open ? ' dh-turns-open' : ''}`}>
          <Icon name="right" />
        </span>
      </button>
      {open && <Details data={data} />}
    </div>
  );
}

function Details({ data: { summary, by, lost = [] } }: { data: Compacted }) {
  if (summary === undefined)
    return (
      <div className="dh-output-none">
        Results of older calls are read by the agent as one line each. It can read them again; this timeline
        keeps them.
      </div>
    );
  return (
    <div className="dh-compacted-summary" data-testid="compacted-summary">
      <div className="dh-output-none">
        {by === 'log' ? 'Put together from the log: no model could be had.' : `Written by ${by}.`} The agent
        reads this instead of what stands above, and can search that.
      </div>
      <Markdown text={summary} />
      {lost.length > 0 && (
        <div className="dh-output-none">
          Named above and not in the summary: {lost.map(fact => `“${fact}”`).join(', ')}.
        </div>
      )}
    </div>
  );
}
