import { taskWords } from '@deckhand/shared';
import {
  ChangeCard,
  childText,
  FileList,
  plural,
  SessionLinksContext,
  sandboxText,
} from '@deckhand/shared/ui';
import type { Item, TaskItem, View } from '@deckhand/shared/view';
import { memo, type ReactNode, useContext } from 'react';
import { rangeQuery } from '../diff/range.ts';
import { type ReplayLog, turnNumberAt } from './replayLog.ts';

/** What a session was at that moment: its files, tasks, list, sandbox and changes. */
export const MomentColumn = memo(function MomentColumn({
  view,
  log,
  openTask,
}: {
  view: View;
  log: ReplayLog;
  /** Opens a task in the timeline. */
  openTask: (taskId: string) => void;
}) {
  const { files, filesTotal, todos, sandbox, changes, queue, children } = view.head;
  const { diffUrl } = useContext(SessionLinksContext);
  const turn = turnNumberAt(log.turns, view.last);
  const mark = log.turns[turn - 1];
  const tasks = view.items.filter(isTask);
  return (
    <aside className="side" aria-label="At this moment" data-testid="details">
      <Part title="Turn">
        <p data-testid="replay-turn">{turn === 0 ? 'Before the first' : `${turn} of ${log.turns.length}`}</p>
        {queue.length > 0 && <p className="dh-quiet">{plural(queue.length, 'prompt')} waiting</p>}
      </Part>
      <Part
        title="Changed files"
        aside={
          diffUrl &&
          mark?.ended && (
            <a href={diffUrl + rangeQuery({ turn: mark.turnId })} data-testid="replay-diff">
              Diff of this turn
            </a>
          )
        }
      >
        {files.length === 0 ? (
          <p className="dh-quiet">None yet.</p>
        ) : (
          <FileList files={files} shown={40} total={filesTotal} />
        )}
      </Part>
      {(tasks.length > 0 || children.length > 0) && (
        <Part title="Agents at work">
          <TaskList tasks={tasks} openTask={openTask}>
            {children.map(child => (
              <li key={child.childId} data-testid="replay-child">
                <p>{child.title}</p>
                <p className="dh-quiet">{childText(child)}</p>
              </li>
            ))}
          </TaskList>
        </Part>
      )}
      {todos.length > 0 && (
        <Part title="To-do list">
          <ul className="side-list">
            {todos.map(({ text, status }) => (
              <li key={text} data-status={status}>
                {text} <span className="dh-quiet">{todoWord[status]}</span>
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Part title="Sandbox">
        <p data-testid="sandbox-state">{sandbox ? sandboxText(sandbox) : 'None yet'}</p>
      </Part>
      {changes.length > 0 && (
        <Part title={changes.length > 1 ? 'Changes' : 'Change'}>
          {changes.map(change => (
            <ChangeCard key={change.changeId} change={change} />
          ))}
        </Part>
      )}
    </aside>
  );
});

const todoWord = { pending: 'to do', in_progress: 'under way', done: 'done', dropped: 'dropped' } as const;

const isTask = (item: Item): item is TaskItem => item.kind === 'task';

/** Each with those that it gave in turn. */
function TaskList({
  tasks,
  openTask,
  children,
}: {
  tasks: readonly TaskItem[];
  openTask: (taskId: string) => void;
  children?: ReactNode;
}) {
  return (
    <ul className="side-list side-tree">
      {tasks.map(({ taskId, agentName, goal, status, why, items }) => {
        const given = items.filter(isTask);
        return (
          <li key={taskId} data-testid="replay-task" data-state={status}>
            <button type="button" className="side-tree-open" onClick={() => openTask(taskId)}>
              <strong>{agentName || 'Task'}</strong> {goal?.split('\n')[0]}
            </button>
            <p className="dh-quiet">{why ?? taskWords[status]}</p>
            {given.length > 0 && <TaskList tasks={given} openTask={openTask} />}
          </li>
        );
      })}
      {children}
    </ul>
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
