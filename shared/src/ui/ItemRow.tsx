import type { ReactNode } from 'react';
import type { ChangedFile, EventDataOf } from '../index.ts';
import type { Item, MarkItem } from '../view/index.ts';
import { ChangeCard, DiffStat } from './ChangeCard.tsx';
import { LineRow } from './LineRow.tsx';
import { Markdown } from './Markdown.tsx';
import { PromptRow } from './PromptRow.tsx';
import { RelativeTime } from './RelativeTime.tsx';
import { type SessionLinks, useSessionLinks } from './sessionLinks.ts';
import { ToolRow } from './ToolRow.tsx';
import { TurnEndRow } from './TurnEndRow.tsx';
import { bytes, count, outcomeWord, plural, sandboxText } from './words.ts';

/** Not drawn: a prompt that waits is shown in the queue, a question where it ended its turn, an output at its call, a screenshot at its change. */
export const isDrawn = (item: Item) =>
  item.kind !== 'turn' &&
  !(item.kind === 'artifact' && ['output', 'screenshot'].includes(item.artifact.kind)) &&
  !(item.kind === 'prompt' && item.state === 'queued') &&
  !(item.kind === 'tool' && item.tool === 'ask' && (item.state !== 'finished' || item.result.ok));

export function ItemRow({ item, files }: { item: Item; files: readonly ChangedFile[] }) {
  const body = bodyOf(item, files);
  if (body === null) return null;
  return (
    <li className="dh-item" data-testid="item" data-kind={item.kind} data-seq={item.seq}>
      {body}
    </li>
  );
}

function bodyOf(item: Item, files: readonly ChangedFile[]): ReactNode {
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
          aside={<RelativeTime at={item.at} />}
        />
      );
    case 'message':
      return (
        <div className="dh-message">
          <Markdown text={item.text} />
          {item.error && <div className="dh-error">{item.error.message}</div>}
        </div>
      );
    case 'tool':
      return <ToolRow item={item} />;
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
    case 'files':
      return (
        <LineRow icon="git_diff">
          {plural(item.files.length, 'file')} changed <DiffStat files={item.files} />
        </LineRow>
      );
    case 'artifact':
      return (
        <LineRow icon="file">
          {item.artifact.name} · {bytes(item.artifact.bytes)}
        </LineRow>
      );
    case 'change':
      return <ChangeCard change={item.change} files={files} />;
    case 'approval': {
      const word =
        item.state === 'open' ? 'Waits for approval' : item.state === 'approved' ? 'Approved' : 'Refused';
      const by = item.state !== 'open' && item.by ? ` by ${item.by.name}` : '';
      return (
        <LineRow icon="ask" tone={item.state === 'open' ? 'warning' : 'quiet'}>
          {word}
          {by}: {item.text}
        </LineRow>
      );
    }
    case 'mark':
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
      return event.data.repo ? `Session on ${event.data.repo} started${by}` : `Session started${by}`;
    case 'session.archived':
      return `Archived${by}`;
    case 'session.forked':
      return <ForkText data={event.data} by={by} sessionUrl={sessionUrl} />;
    case 'session.rewound':
      return `Rewound${by} to an earlier turn`;
    case 'child.started':
      return `Started: ${event.data.title}`;
    case 'child.finished':
      return `Child session: ${outcomeWord[event.data.outcome].toLowerCase()}`;
    case 'context.compacted':
      return `Context compacted from ${count(event.data.before)} to ${count(event.data.after)} tokens`;
  }
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
