import type { ReactNode } from 'react';
import { type DiffTotals, type EventDataOf, totalsOf } from '../../index.ts';
import { type Item, itemKey, type MarkItem } from '../../view/index.ts';
import { ChangeCard } from '../changes/ChangeCard.tsx';
import { Markdown } from '../parts/Markdown.tsx';
import { RelativeTime } from '../parts/RelativeTime.tsx';
import { type SessionLinks, useSessionLinks } from '../sessionLinks.ts';
import {
  bytes,
  forAgent,
  givenLine,
  grantLine,
  planOnly,
  sandboxText,
  sentNow,
  takenLine,
} from '../words.ts';
import { ApprovalRow } from './ApprovalRow.tsx';
import { AttemptsRow } from './AttemptsRow.tsx';
import { ChildRow } from './ChildRow.tsx';
import { CompactedRow } from './CompactedRow.tsx';
import { FilesRow } from './FilesRow.tsx';
import { LineRow } from './LineRow.tsx';
import { PromptRow } from './PromptRow.tsx';
import { ReasoningRow } from './ReasoningRow.tsx';
import { TaskRow } from './TaskRow.tsx';
import { ToolRow } from './ToolRow.tsx';
import { TurnEndRow } from './TurnEndRow.tsx';

/** Not drawn: a prompt that waits is shown in the queue, a question where it ended its turn, what gave a task at the task, an output at its call, a screenshot at its change. */
export const isDrawn = (item: Item) =>
  item.kind !== 'turn' &&
  !(item.kind === 'reasoning' && item.text === '') &&
  !(item.kind === 'artifact' && ['output', 'shown', 'screenshot'].includes(item.artifact.kind)) &&
  !(item.kind === 'prompt' && item.state === 'queued') &&
  !(item.kind === 'tool' && item.tool === 'delegate' && (item.state !== 'finished' || item.result.ok)) &&
  !(item.kind === 'tool' && item.tool === 'ask' && (item.state !== 'finished' || item.result.ok));

export function ItemRow({ item, totals }: { item: Item; totals: DiffTotals }) {
  const body = bodyOf(item, totals);
  if (body === null) return null;
  return (
    <li className="dh-item" data-testid="item" data-kind={item.kind} data-seq={item.seq}>
      {body}
    </li>
  );
}

function bodyOf(item: Item, totals: DiffTotals): ReactNode {
  switch (item.kind) {
    case 'prompt':
      if (item.state === 'cancelled') {
        return <LineRow icon="cross">{item.author.name}’s prompt was cancelled</LineRow>;
      }
      return (
        <PromptRow
          author={item.author}
          text={item.text}
          artifactId={item.artifactId}
          attachments={item.attachments}
          places={item.places}
          aside={
            <>
              <RelativeTime at={item.at} />
              {item.now && <span className="dh-tag">{sentNow}</span>}
              {item.agent && (
                <span className="dh-tag" data-testid="for-agent">
                  {forAgent(item.agent)}
                </span>
              )}
              {item.planOnly && <span className="dh-tag">{planOnly}</span>}
            </>
          }
        />
      );
    case 'message':
      return (
        <div className="dh-message">
          <Markdown text={item.text} />
          {item.error && <div className="dh-error">{item.error.message}</div>}
        </div>
      );
    case 'reasoning':
      return <ReasoningRow text={item.text} durationMs={item.durationMs} />;
    case 'tool':
      return <ToolRow item={item} />;
    case 'task':
      return (
        <TaskRow item={item}>
          {item.items.filter(isDrawn).map(inner => (
            <ItemRow key={itemKey(inner)} item={inner} totals={totals} />
          ))}
        </TaskRow>
      );
    case 'turn.end':
      return <TurnEndRow item={item} />;
    case 'sandbox': {
      const busy = item.state === 'warming' || item.state === 'restoring' || item.state === 'syncing';
      return (
        <LineRow icon="box" busy={busy} tone={item.state === 'lost' ? 'warning' : 'quiet'}>
          {sandboxText(item)}
        </LineRow>
      );
    }
    case 'notice':
      return (
        <LineRow
          icon={item.level === 'info' ? 'info' : 'warning'}
          tone={item.level === 'info' ? 'quiet' : item.level}
        >
          {item.text}
        </LineRow>
      );
    case 'files': {
      const { files, ...lines } = totalsOf(item.files, item.total);
      return <FilesRow files={item.files} count={files} lines={lines} />;
    }
    case 'artifact':
      return (
        <LineRow icon="file">
          {item.artifact.name} · {bytes(item.artifact.bytes)}
        </LineRow>
      );
    case 'change':
      return <ChangeCard change={item.change} totals={totals} />;
    case 'approval':
      return <ApprovalRow item={item} />;
    case 'child':
      return <ChildRow child={item.child} />;
    case 'attempts':
      return <AttemptsRow item={item} />;
    case 'mark':
      if (item.event.type === 'context.compacted') return <CompactedRow data={item.event.data} />;
      return (
        <LineRow icon={item.event.type === 'session.rewound' ? 'undo' : 'info'}>
          <MarkText item={item} />
        </LineRow>
      );
    case 'turn':
      return null;
  }
}

function MarkText({ item: { event, actor } }: { item: MarkItem }): ReactNode {
  const { sessionUrl } = useSessionLinks();
  const by = actor.name ? ` by ${actor.name}` : '';
  switch (event.type) {
    case 'session.created':
      return <CreatedText data={event.data} by={by} sessionUrl={sessionUrl} />;
    case 'session.archived':
      return `Archived${by}`;
    case 'session.forked':
      return <ForkText data={event.data} by={by} sessionUrl={sessionUrl} />;
    case 'session.rewound':
      return `Rewound${by} to an earlier turn`;
    case 'control.taken':
      return takenLine(event.data);
    case 'control.given':
      return givenLine(event.data);
    case 'grant.given':
      return grantLine(event.data);
    case 'grant.withdrawn':
      return `A permission was withdrawn${by}`;
    case 'context.compacted':
      return null;
  }
}

function CreatedText({
  data: { repo, parentId },
  by,
  sessionUrl,
}: {
  data: EventDataOf<'session.created'>;
  by: string;
  sessionUrl: SessionLinks['sessionUrl'];
}) {
  const text = repo ? `Session on ${repo} started${by}` : `Session started${by}`;
  if (!parentId) return text;
  const href = sessionUrl?.(parentId);
  return (
    <>
      {text}, from{' '}
      {href ? (
        <a className="dh-link" href={href} data-testid="parent">
          another session
        </a>
      ) : (
        'another session'
      )}
    </>
  );
}

function ForkText({
  data: { from, to },
  by,
  sessionUrl,
}: {
  data: EventDataOf<'session.forked'>;
  by: string;
  sessionUrl: SessionLinks['sessionUrl'];
}) {
  const href = sessionUrl?.(from ?? to ?? '');
  const other = from ? 'another session' : 'a new session';
  return (
    <>
      Forked {from ? 'from' : 'to'}{' '}
      {href ? (
        <a className="dh-link" href={href} data-testid={from ? 'forked-from' : 'forked-to'}>
          {other}
        </a>
      ) : (
        other
      )}
      {by}
    </>
  );
}
