import type { TurnEndItem } from '../../view/index.ts';
import type { IconName } from '../parts/Icon.tsx';
import { Markdown } from '../parts/Markdown.tsx';
import { costText, duration, endWord, usageText } from '../words.ts';
import { LineRow } from './LineRow.tsx';
import { NextStep } from './NextStep.tsx';
import { TurnMenu } from './TurnMenu.tsx';

const look = {
  done: { icon: 'check', tone: 'ok' },
  asked: { icon: 'ask', tone: 'quiet' },
  stopped: { icon: 'stop', tone: 'quiet' },
  failed: { icon: 'cross', tone: 'error' },
  over_budget: { icon: 'warning', tone: 'warning' },
} as const satisfies Record<TurnEndItem['outcome'], { icon: IconName; tone: string }>;

/** How a turn ended, what it used and how long it took; a question or an error is said in full. */
export function TurnEndRow({ item }: { item: TurnEndItem }) {
  const { icon, tone } = look[item.outcome];
  const took = item.durationMs === null ? '' : duration(item.durationMs);
  const facts = [endWord(item.outcome, item.stoppedBy), took, costText(item.usage, item.costUsd)]
    .filter(Boolean)
    .join(' · ');
  return (
    <div className="dh-turn-end" data-testid="turn-end" data-outcome={item.outcome}>
      {item.question && (
        <div className="dh-message" data-testid="question">
          <Markdown text={item.question} />
        </div>
      )}
      {item.error && (
        <div className="dh-error" role="note">
          {item.error.message}
        </div>
      )}
      <div className="dh-turn-line">
        <LineRow icon={icon} tone={tone}>
          <span title={usageText(item.usage)}>{facts}</span>
        </LineRow>
        <TurnMenu turnId={item.turnId} />
      </div>
      <NextStep turnId={item.turnId} outcome={item.outcome} />
    </div>
  );
}
