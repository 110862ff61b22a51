import {
  ChangeCard,
  FileList,
  Presence,
  type SessionFeed,
  sandboxText,
  shortModel,
  TakeControl,
} from '@deckhand/shared/ui';
import type { ReactNode } from 'react';
import { BoardPart } from './BoardPart.tsx';
import { Budgets } from './Budgets.tsx';
import { client } from './client.ts';
import { NetworkPart } from './NetworkPart.tsx';
import { PreviewButtons } from './PreviewButtons.tsx';
import { diffFilePath, diffPath, machinePath, replayPath } from './router.ts';
import { ShareButton } from './ShareButton.tsx';
import { TreePart } from './TreePart.tsx';

/** What came of a session, and where it stands. */
export function SideColumn({
  sessionId,
  feed,
  wide,
  openTask,
  userId,
}: {
  sessionId: string;
  feed: SessionFeed;
  wide: boolean;
  /** Opens a task in the timeline. */
  openTask: (taskId: string) => void;
  userId: string;
}) {
  const head = feed.view?.head;
  if (!head) return <aside className="side" aria-label="Details" />;
  const { changes, files, sandbox, repo, turn, authors } = head;
  return (
    <aside className="side" aria-label="Details" data-testid="details">
      <Part title={changes.length > 1 ? 'Changes' : 'Change'}>
        {changes.length === 0 && <p className="dh-quiet">None yet.</p>}
        {changes.map(change => (
          <ChangeCard key={change.changeId} change={change} />
        ))}
      </Part>
      {files.length > 0 && (
        <Part
          title="Changed files"
          aside={changes.length === 0 && <a href={diffPath(sessionId)}>Show diff</a>}
        >
          <FileList
            files={files}
            hrefOf={path => diffFilePath(sessionId, path)}
            shown={15}
            total={head.filesTotal}
          />
        </Part>
      )}
      <Part title="Repository">
        <p>{repo ?? 'Not chosen yet'}</p>
      </Part>
      <Part title="Sandbox" aside={<a href={machinePath}>All sandboxes</a>}>
        <p data-testid="sandbox-state">{sandbox ? sandboxText(sandbox) : 'None yet'}</p>
        {sandbox && head.state !== 'archived' && <PreviewButtons sessionId={sessionId} />}
        {repo && !head.control && head.state !== 'archived' && (
          <TakeControl client={client} sessionId={sessionId} head={head} userId={userId} />
        )}
      </Part>
      <TreePart sessionId={sessionId} feed={feed} openTask={openTask} />
      <BoardPart sessionId={sessionId} board={head.board} closed={head.state === 'archived'} />
      <NetworkPart sessionId={sessionId} feed={feed} />
      {turn && (
        <Part title="Model">
          <p>{shortModel(turn.model)}</p>
        </Part>
      )}
      <Budgets sessionId={sessionId} />
      <Part title="Here now">
        <Presence people={feed.people} shown={12} />
        {feed.people.length === 0 && <p className="dh-quiet">Nobody else.</p>}
      </Part>
      {authors.length > 0 && (
        <Part title={authors.length > 1 ? 'Authors' : 'Author'}>
          <p>{authors.map(author => author.name).join(', ')}</p>
        </Part>
      )}
      <Part title="Log" aside={<a href={replayPath(sessionId)}>Replay</a>}>
        <p>
          <a href={client.exportUrl(sessionId)} download title="Every event, in one SQLite file">
            Download
          </a>
        </p>
      </Part>
      {!wide && <ShareButton />}
    </aside>
  );
}

function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="side-part" aria-label={title}>
      <div className="side-title">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
