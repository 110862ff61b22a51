import { isTaskOver, type SessionTree, type TreeTask, taskWords, type Use } from '@deckhand/shared';
import { newRequestId } from '@deckhand/shared/client';
import { count, duration, type SessionFeed, usd } from '@deckhand/shared/ui';
import { type FormEvent, type ReactNode, useCallback, useMemo, useState } from 'react';
import { client } from './client.ts';
import { go, sessionPath } from './router.ts';
import { usePolled } from './usePolled.ts';

const whileRunningMs = 4_000;

/** What works below a session: tasks of its agents and the sessions that they began, each with what it used so far. */
export function TreePart({
  sessionId,
  feed,
  openTask,
}: {
  sessionId: string;
  feed: SessionFeed;
  openTask: (taskId: string) => void;
}) {
  const events = feed.view?.events;
  const told = useMemo(
    () => (events ?? []).filter(event => event && changesTree(event.type)).length,
    [events],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each of these the tree is another
  const ask = useCallback(() => client.http['session.tree']({ sessionId }), [sessionId, told]);
  const { value, again } = usePolled(ask, seen =>
    seen && isAtWork(seen.tree) && hasBelow(seen.tree) ? whileRunningMs : null,
  );
  const tree = value?.tree;
  if (!tree || !hasBelow(tree)) return null;
  return (
    <section className="side-part" aria-label="Agents at work" data-testid="tree">
      <div className="side-title">
        <h2>Agents at work</h2>
        <span className="dh-quiet">{usedText(tree)}</span>
      </div>
      <Below tree={tree} openTask={openTask} again={again} />
    </section>
  );
}

const changesTree = (type: string) =>
  type.startsWith('task.') || type.startsWith('child.') || type === 'turn.finished';
const hasBelow = ({ tasks, children }: SessionTree) => tasks.length + children.length > 0;
const isAtWork = ({ session, tasks, children }: SessionTree): boolean =>
  session?.state === 'running' || tasks.some(({ status }) => !isTaskOver(status)) || children.some(isAtWork);

type Steering = { openTask: (taskId: string) => void; again: () => void };

function Below({ tree, ...steering }: { tree: SessionTree } & Steering) {
  const given = (parentId: string | undefined): ReactNode =>
    tree.tasks
      .filter(task => task.parentId === parentId)
      .map(task => (
        <TaskLine key={task.taskId} sessionId={tree.sessionId} task={task} {...steering}>
          {given(task.taskId)}
        </TaskLine>
      ));
  return (
    <ul className="side-list side-tree">
      {tree.tasksBefore > 0 && <li className="dh-quiet">{tree.tasksBefore} tasks before</li>}
      {given(undefined)}
      {tree.children.map(child => (
        <ChildLine key={child.sessionId} child={child} {...steering} />
      ))}
    </ul>
  );
}

function ChildLine({ child, openTask, again }: { child: SessionTree } & Steering) {
  const { sessionId, title, word, session } = child;
  const stop = async () => {
    await client.http['turn.stop']({ sessionId });
    again();
  };
  // Its tasks are in its own timeline.
  const open = (taskId: string) =>
    child.tasks.some(task => task.taskId === taskId) ? go(sessionPath(sessionId)) : openTask(taskId);
  return (
    <li data-testid="tree-session" data-session={sessionId}>
      <p>{session ? <a href={sessionPath(sessionId)}>{title}</a> : title}</p>
      <p className="dh-quiet">
        {word}
        {session && ` · ${usedText(child)}`}
      </p>
      {session?.state === 'running' && (
        <p className="side-board-actions">
          <button type="button" className="dh-button" onClick={() => void stop()}>
            Stop
          </button>
        </p>
      )}
      {hasBelow(child) && <Below tree={child} openTask={open} again={again} />}
    </li>
  );
}

function TaskLine({
  sessionId,
  task,
  openTask,
  again,
  children,
}: { sessionId: string; task: TreeTask; children: ReactNode } & Steering) {
  const { taskId, agentName, goal, status } = task;
  const [writing, setWriting] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const stop = async (takeOver: boolean) => {
    const stopped = await client.http['task.stop']({ sessionId, taskId, takeOver });
    setFailure(stopped.ok ? null : stopped.message);
    again();
  };
  return (
    <li data-testid="tree-task" data-task={taskId} data-state={status}>
      <button type="button" className="side-tree-open" onClick={() => openTask(taskId)}>
        <strong>{agentName}</strong> {goal}
      </button>
      <p className="dh-quiet">
        {taskWords[status]} · {usedText(task)}
      </p>
      {!isTaskOver(status) && (
        <p className="side-board-actions">
          <button
            type="button"
            className="dh-button"
            data-testid="task-stop"
            onClick={() => void stop(false)}
          >
            Stop
          </button>
          <button
            type="button"
            className="dh-button"
            data-testid="task-tell"
            onClick={() => setWriting(!writing)}
          >
            Message
          </button>
          <button
            type="button"
            className="dh-button"
            data-testid="task-take-over"
            title="Ends it; whoever gave it leaves the rest to you"
            onClick={() => void stop(true)}
          >
            Take over
          </button>
        </p>
      )}
      {writing && (
        <TellForm
          sessionId={sessionId}
          taskId={taskId}
          onDone={message => {
            setFailure(message);
            if (message === null) setWriting(false);
          }}
        />
      )}
      {failure && <p role="alert">{failure}</p>}
      {children && <ul className="side-list side-tree">{children}</ul>}
    </li>
  );
}

function TellForm({
  sessionId,
  taskId,
  onDone,
}: {
  sessionId: string;
  taskId: string;
  onDone: (failure: string | null) => void;
}) {
  const [text, setText] = useState('');
  const [requestId] = useState(newRequestId);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const told = await client.http['task.message']({ sessionId, taskId, requestId, text });
    onDone(told.ok ? null : told.message);
  };
  return (
    <form className="side-board-form" onSubmit={event => void submit(event)}>
      <input
        aria-label="What its agent is to know"
        placeholder="What its agent is to know"
        value={text}
        maxLength={4_000}
        required
        data-testid="task-words"
        onChange={event => setText(event.target.value)}
      />
      <button type="submit" className="dh-button" data-testid="task-send">
        Send
      </button>
    </form>
  );
}

const usedText = ({ tokens, costUsd, durationMs }: Use) =>
  [`${count(tokens)} tokens`, ...(costUsd === undefined ? [] : [usd(costUsd)]), duration(durationMs)].join(
    ' · ',
  );
