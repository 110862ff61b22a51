/** What one line says about a tool call: what it does, and to what. */
export type ToolTitle = { verb: string; object: string };

const verbs: Record<string, { verb: string; key: string }> = {
  read: { verb: 'Read', key: 'path' },
  write: { verb: 'Write', key: 'path' },
  edit: { verb: 'Edit', key: 'path' },
  list: { verb: 'List', key: 'path' },
  search: { verb: 'Search', key: 'pattern' },
  bash: { verb: 'Run', key: 'command' },
  process_output: { verb: 'Look at process', key: 'handle' },
  process_stop: { verb: 'Stop process', key: 'handle' },
  fetch: { verb: 'Fetch', key: 'url' },
  git_diff: { verb: 'Diff', key: 'path' },
  note: { verb: 'Note', key: 'key' },
  recall: { verb: 'Recall', key: 'query' },
  spawn_session: { verb: 'Begin a session', key: 'title' },
  session_status: { verb: 'Look at sessions', key: 'session' },
  session_message: { verb: 'Write to a session', key: 'text' },
  session_wait: { verb: 'Wait for sessions', key: '' },
  ask: { verb: 'Ask', key: 'question' },
  plan: { verb: 'Update the to-do list', key: '' },
  delegate: { verb: 'Delegate', key: 'goal' },
  task_status: { verb: 'Look at tasks', key: '' },
  task_wait: { verb: 'Wait for tasks', key: '' },
  task_cancel: { verb: 'Stop task', key: 'taskId' },
  task_message: { verb: 'Tell task', key: 'text' },
  page_expand: { verb: 'Look closer at the page', key: 'node' },
};

/** From the call's input, whose shape nobody promises here. */
export function toolTitle(tool: string | null, input: unknown): ToolTitle {
  if (tool === null) return { verb: 'Tool', object: '' };
  const known = verbs[tool];
  const fields = typeof input === 'object' && input !== null ? Object.entries(input) : [];
  const named = fields.find(([key]) => key === known?.key) ?? fields.find(([, value]) => isText(value));
  const value = named?.[1];
  return { verb: known?.verb ?? tool, object: isText(value) ? firstLine(value) : '' };
}

/** The input as a person reads it, where the title does not say it all: a command as it is, anything else as JSON. */
export function inputText(tool: string | null, input: unknown): string {
  const command = tool === 'bash' ? (input as { command?: unknown } | null)?.command : undefined;
  if (tool === 'plan') return checklist(input);
  // A short command stands on the call's line already.
  if (isText(command)) return command.includes('\n') || command.length > 60 ? command : '';
  return input === undefined ? '' : (JSON.stringify(input, null, 2) ?? '');
}

const signs: Record<string, string> = { pending: '[ ]', in_progress: '[>]', done: '[x]', dropped: '[-]' };

/** A to-do list as lines of text, whatever shape its call has. */
function checklist(input: unknown): string {
  const { items } = (input ?? {}) as { items?: unknown };
  if (!Array.isArray(items)) return '';
  return items
    .map(
      (item: { text?: unknown; status?: unknown } | null) =>
        `${signs[String(item?.status)] ?? '[ ]'} ${item?.text}`,
    )
    .join('\n');
}

/** What a result's summary adds to its title: neither the object nor the time is said twice on one line. */
export function summaryBeyond(summary: string, object: string): string {
  const rest = summary.replace(/ after [\d.]+ m?s$/, '');
  const at = object === '' ? -1 : rest.indexOf(object);
  const before = at < 0 ? [] : rest.slice(0, at).trim().split(/\s+/);
  // "edited src/a.ts, line 3" under the title "Edit src/a.ts" leaves "line 3".
  return at < 0 || before.length > 1 ? rest : rest.slice(at + object.length).replace(/^[\s,:]+/, '');
}

/** A terminal shows only what was written over a line last. */
export function settleLines(text: string): string {
  if (!text.includes('\r')) return text;
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map(line => line.slice(line.replace(/(?<!\r)\r+$/, '').lastIndexOf('\r') + 1).replace(/(?<!\r)\r+$/, ''))
    .join('\n');
}

const isText = (value: unknown): value is string => typeof value === 'string';
const firstLine = (text: string) => text.trim().split('\n', 1)[0] ?? '';
