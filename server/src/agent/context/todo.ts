import { isOpen, type TodoItem, TodoList } from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import { z } from 'zod';
import { noteOf } from './metadata.ts';

const Given = z.object({ items: TodoList });

/** The list that the newest call of `plan` gave that was taken; null where none of these messages has one. */
export function newestTodo(messages: readonly ModelMessage[]): TodoItem[] | null {
  const refused = new Set(
    messages.flatMap(({ role, content }) =>
      role === 'tool'
        ? content.flatMap(part =>
            part.type === 'tool-result' && noteOf(part)?.ok === false ? part.toolCallId : [],
          )
        : [],
    ),
  );
  const calls = messages.flatMap(({ role, content }) =>
    role === 'assistant' && typeof content !== 'string'
      ? content.filter(part => part.type === 'tool-call' && part.toolName === 'plan')
      : [],
  );
  for (const call of calls.toReversed()) {
    if (call.type !== 'tool-call' || refused.has(call.toolCallId)) continue;
    const given = Given.safeParse(call.input);
    if (given.success) return given.data.items;
  }
  return null;
}

/** As the model reads it after its own call was summed up; empty where nothing of it is to be done any more. */
export function describeTodo(items: readonly TodoItem[]): string {
  if (!items.some(isOpen)) return '';
  const lines = items.map(({ text, status }) => `- ${status}: ${text}`);
  return `Your todo list as it stands here (\`plan\` replaces it):\n${lines.join('\n')}`;
}
