import { startOf } from '@deckhand/shared';
import type {
  AssistantModelMessage,
  ModelMessage,
  ToolModelMessage,
  ToolResultPart,
  UserModelMessage,
} from 'ai';
import { noteOf } from './metadata.ts';

/** Shorter than this nothing is gained. */
const worthChars = 600;
const beginsChars = 200;

const memory = new WeakMap<ModelMessage, ModelMessage>();

/**
 * An older message in few words: a result as one line that says what it was and how to read it again, what was written
 * into a file or shown as a picture by its beginning and its name. The same message always gives the same bytes.
 */
export function shrink(message: ModelMessage): ModelMessage {
  const known = memory.get(message);
  if (known) return known;
  const made = shrunk(message);
  memory.set(message, made);
  return made;
}

function shrunk(message: ModelMessage): ModelMessage {
  switch (message.role) {
    case 'tool':
      return shrinkResults(message);
    case 'assistant':
      return shrinkCalls(message);
    case 'user':
      return shrinkAttachments(message);
    default:
      return message;
  }
}

function shrinkResults(message: ToolModelMessage): ToolModelMessage {
  const content = message.content.map(part =>
    part.type === 'tool-result' ? { ...part, output: shrinkOutput(part) } : part,
  );
  return { ...message, content };
}

function shrinkOutput(part: ToolResultPart): ToolResultPart['output'] {
  const { output, toolName } = part;
  const text = textOf(output);
  if (output.type !== 'content' && text.length < worthChars) return output;
  const note = noteOf(part);
  const begins = startOf(text, beginsChars).replaceAll(/\s+/g, ' ').trim();
  const what = note ? `${note.ok ? '' : 'failed: '}${note.summary}` : begins;
  const again = note ? ` read_result {"callId":"${note.callId}"} gives it again.` : '';
  return { type: 'text', value: `[Shortened: ${toolName}, ${what} (${text.length} characters).${again}]` };
}

function textOf(output: ToolResultPart['output']): string {
  if (output.type === 'text' || output.type === 'error-text') return output.value;
  if (output.type !== 'content') return JSON.stringify(output);
  return output.value.map(each => (each.type === 'text' ? each.text : '')).join('');
}

/** Whole files go in as arguments. */
function shrinkCalls(message: AssistantModelMessage): AssistantModelMessage {
  if (typeof message.content === 'string') return message;
  const content = message.content.map(part =>
    part.type === 'tool-call' ? { ...part, input: shrinkInput(part.input) } : part,
  );
  return { ...message, content };
}

function shrinkInput(input: unknown): unknown {
  if (typeof input === 'string') return shorter(input);
  if (Array.isArray(input)) return input.map(shrinkInput);
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, shrinkInput(value)]));
}

function shrinkAttachments(message: UserModelMessage): UserModelMessage {
  if (typeof message.content === 'string') return message;
  const [words, ...attached] = message.content;
  if (!words) return message;
  const content = attached.map(part =>
    part.type === 'text'
      ? { ...part, text: shorter(part.text) }
      : { type: 'text' as const, text: `[Was here: ${'filename' in part ? part.filename : 'a picture'}]` },
  );
  return { ...message, content: [words, ...content] };
}

const shorter = (text: string) =>
  text.length < worthChars
    ? text
    : `${startOf(text, beginsChars)}\n[Shortened: ${text.length - beginsChars} more characters]`;
