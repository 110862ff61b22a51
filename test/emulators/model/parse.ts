import type { Message } from './script.ts';

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

const empty = (role: Message['role']): Message => ({ role, text: '', files: [], calls: [] });

/** The messages of a request to either API; assistant items that stand together are one answer. */
export function parseMessages(body: Json): Message[] {
  return Array.isArray(body.messages)
    ? list(body.messages).map(chatMessage)
    : responseItems(list(body.input));
}

function chatMessage(message: Json): Message {
  const role = message.role === 'developer' ? 'system' : (text(message.role) as Message['role']);
  const calls = list(message.tool_calls).map(call => {
    const { name, arguments: given } = isObject(call.function) ? call.function : {};
    return { id: text(call.id), tool: text(name), arguments: text(given) };
  });
  const callId = text(message.tool_call_id);
  return { ...empty(role), ...content(message.content), calls, ...(callId ? { callId } : {}) };
}

function responseItems(items: Json[]): Message[] {
  const messages: Message[] = [];
  for (const item of items) {
    if (item.type === 'function_call_output') {
      messages.push({ ...empty('tool'), ...content(item.output), callId: text(item.call_id) });
    } else if (item.type === 'function_call') {
      const call = { id: text(item.call_id), tool: text(item.name), arguments: text(item.arguments) };
      answer(messages).calls.push(call);
    } else if (item.role === 'assistant') {
      answer(messages).text += content(item.content).text;
    } else if (item.role !== undefined) {
      const role = item.role === 'user' ? 'user' : 'system';
      messages.push({ ...empty(role), ...content(item.content) });
    }
  }
  return messages;
}

function answer(messages: Message[]): Message {
  const last = messages.at(-1);
  if (last?.role === 'assistant') return last;
  const fresh = empty('assistant');
  messages.push(fresh);
  return fresh;
}

function content(value: unknown): Pick<Message, 'text' | 'files'> {
  if (!Array.isArray(value)) return { text: text(value), files: [] };
  const parts = list(value);
  return {
    text: parts.map(part => text(part.text)).join('\n'),
    files: parts.flatMap((part): Message['files'] => {
      const url = isObject(part.image_url) ? text(part.image_url.url) : text(part.image_url);
      if (url) return [{ kind: 'image', url }];
      const file = isObject(part.file) ? text(part.file.file_data) : text(part.file_data);
      return file ? [{ kind: 'file', url: file }] : [];
    }),
  };
}
