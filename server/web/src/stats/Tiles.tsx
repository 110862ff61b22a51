import type { Stats, StatsNow } from '@deckhand/shared';
import { count, duration, plural, usd } from '@deckhand/shared/ui';
import type { ReactNode } from 'react';
import { percent } from './words.ts';

/** The numbers that matter, the main one first. */
export function Tiles({ stats, now }: { stats: Stats; now: StatsNow | null }) {
  const { merged, firstToken, approval, revisions, cost, use } = stats;
  const tokens = `${count(cost.inputTokens)} tokens in, ${count(cost.outputTokens)} out`;
  const isPriced = cost.turns > cost.unpricedTurns;
  return (
    <dl className="tiles">
      <Tile name="Merged sessions" value={count(merged.sessions)} main id="tile-merged">
        {plural(merged.changes, 'change')}, <span className="plus">+{count(merged.added)}</span>{' '}
        <span className="minus">−{count(merged.removed)}</span> lines
      </Tile>
      <Tile name="People prompting now" value={now ? count(now.peoplePrompting) : '–'} id="tile-now" live>
        in the last 5 minutes; {plural(use.people, 'person', 'people')} in this period
      </Tile>
      <Tile name="First token" value={waited(firstToken.p50Ms)} id="tile-first-token">
        median of {plural(firstToken.sessions, 'session')}; 95 % under {waited(firstToken.p95Ms)}
      </Tile>
      <Tile name="Approval rate" value={percent(approval.rate)} id="tile-approval">
        {approval.approved} of {plural(approval.reviewed, 'reviewed change')}
      </Tile>
      <Tile
        name="Revisions"
        value={revisions.mean === null ? '–' : revisions.mean.toFixed(1)}
        id="tile-revisions"
      >
        for each of {plural(revisions.changes, 'pull request')}
      </Tile>
      <Tile name="Cost" value={isPriced ? usd(cost.usd) : '–'} id="tile-cost">
        {isPriced &&
          cost.unpricedTurns > 0 &&
          `without ${plural(cost.unpricedTurns, 'turn')} of no known price; `}
        {tokens}
      </Tile>
    </dl>
  );
}

const waited = (ms: number | null) => (ms === null ? '–' : duration(ms));

function Tile(props: {
  name: string;
  value: string;
  id: string;
  main?: boolean;
  live?: boolean;
  children: ReactNode;
}) {
  const { name, value, id, main = false, live = false, children } = props;
  return (
    <div className={main ? 'tile tile-main' : 'tile'} data-testid={id}>
      <dt>{name}</dt>
      <dd>
        <span className="tile-value" {...(live ? { 'aria-live': 'polite' } : {})}>
          {value}
        </span>
        <span className="dh-quiet">{children}</span>
      </dd>
    </div>
  );
}
