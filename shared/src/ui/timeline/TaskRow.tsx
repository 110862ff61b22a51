import { type ReactNode, useEffect, useRef, useState } from 'react';
import { taskWords } from '../../index.ts';
import { holdsTask, type TaskItem } from '../../view/index.ts';
import { Icon } from '../parts/Icon.tsx';
import { Markdown } from '../parts/Markdown.tsx';
import { useSessionLinks } from '../sessionLinks.ts';
import { count, duration, plural } from '../words.ts';

/** A task: one line of whose it is and how it stands; open, all that its agent did. */
export function TaskRow({ item, children }: { item: TaskItem; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const { agentName, goal, status, why, end } = item;
  const { shownTask } = useSessionLinks();
  const row = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: opened once for each wish, and closed by hand
  useEffect(() => {
    if (!shownTask || !holdsTask(item, shownTask.taskId)) return;
    setOpen(true);
    if (shownTask.taskId === item.taskId) row.current?.scrollIntoView({ block: 'start' });
  }, [shownTask]);
  const busy = status === 'running' || status === 'pending';
  return (
    <div ref={row} className="dh-task" data-testid="task" data-task={item.taskId} data-state={status}>
      <button
        type="button"
        className="dh-tool-line"
        aria-expanded={open}
        data-testid="task-line"
        onClick={() => setOpen(!open)}
      >
        <Icon name="branch" />
        <span className="dh-tool-verb">{agentName || 'Task'}</span>
        {goal && <span className="dh-tool-object">{goal.split('\n')[0]}</span>}
        <span className="dh-tool-summary">{why ?? taskWords[status]}</span>
        <span className="dh-tool-state">
          {busy && <span className="dh-spinner" role="img" aria-label={taskWords[status]} />}
          {end && used(end)}
          {status === 'done' && <Mark name="check" tone="dh-ok" label="done" />}
          {(status === 'failed' || status === 'cancelled') && (
            <Mark name="cross" tone="dh-bad" label={taskWords[status]} />
          )}
        </span>
        <span className={`dh-turns${open ? ' dh-turns-open' : ''}`}>
          <Icon name="right" />
        </span>
      </button>
      {open && (
        <div className="dh-task-inside">
          {goal?.includes('\n') && <p className="dh-quiet">{goal}</p>}
          <ol className="dh-items" aria-label={`What ${agentName} did`}>
            {children}
          </ol>
          {end?.error && <div className="dh-error">{end.error.message}</div>}
          {end?.output && (
            <div className="dh-message" data-testid="task-result">
              <Markdown text={end.output} />
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function Mark({ name, tone, label }: { name: 'check' | 'cross'; tone: string; label: string }) {
  return (
    <span className={tone} role="img" aria-label={label}>
      <Icon name={name} />
    </span>
  );
}

function used({ usage, durationMs, costUsd }: NonNullable<TaskItem['end']>): string {
  const tokens = `${count(usage.inputTokens + usage.outputTokens)} tokens`;
  const cost = costUsd === undefined ? '' : ` · $${costUsd.toFixed(2)}`;
  return `${plural(usage.steps, 'step')} · ${tokens}${cost} · ${duration(durationMs)}`;
}
