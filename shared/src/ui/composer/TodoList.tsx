import { useState } from 'react';
import type { Head, TodoItem, TodoStatus } from '../../index.ts';
import { isOpen } from '../../index.ts';
import { Icon } from '../parts/Icon.tsx';
import { useMedia } from '../parts/useMedia.ts';
import { todoText } from '../words.ts';

const statusWord: Record<TodoStatus, string> = {
  pending: 'To do',
  in_progress: 'Under way',
  done: 'Done',
  dropped: 'Dropped',
};

/** The agent's own list, live: one line, and all of it where there is room or somebody wants it. */
export function TodoList({ head }: { head: Pick<Head, 'todos' | 'turn'> }) {
  const { todos, turn } = head;
  const wide = useMedia('(min-width: 960px) and (min-height: 700px)');
  const [toggled, setToggled] = useState(false);
  // What was worked off is over with its turn.
  if (todos.length === 0 || (!turn && !todos.some(isOpen))) return null;
  // At rest what is left is one line.
  const open = (wide && turn !== null) !== toggled;
  const now = todos.find(({ status }) => status === 'in_progress') ?? todos.find(isOpen);
  return (
    <section className="dh-todo" aria-label="To-do list" data-testid="todo">
      <button
        type="button"
        className="dh-todo-line"
        aria-expanded={open}
        data-testid="todo-toggle"
        onClick={() => setToggled(!toggled)}
      >
        <Icon name="list" />
        <span className="dh-todo-count">{todoText(todos)}</span>
        {!open && now && <span className="dh-todo-now">{now.text}</span>}
        <span className={`dh-turns${open ? ' dh-turns-open' : ''}`}>
          <Icon name="right" />
        </span>
      </button>
      {open && (
        <ol className="dh-todo-items">
          {todos.map((item, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list is given whole, its places are all that it has
            <TodoRow key={i} item={item} />
          ))}
        </ol>
      )}
    </section>
  );
}

function TodoRow({ item: { text, status } }: { item: TodoItem }) {
  return (
    <li className={`dh-todo-item dh-todo-${status}`} data-testid="todo-item" data-status={status}>
      <span className="dh-todo-mark" role="img" aria-label={statusWord[status]}>
        {status === 'done' && <Icon name="check" />}
        {status === 'dropped' && <Icon name="cross" />}
      </span>
      <span>{text}</span>
    </li>
  );
}
