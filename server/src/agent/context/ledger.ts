import { startOf } from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import { isPrompt, promptText } from './shape.ts';
import type { Ledger } from './state.ts';

export const emptyLedger: Ledger = { said: [], files: [], commands: [], todo: [] };

/** The first prompt says what all is about. */
const firstChars = 2_000;
const promptChars = 400;
const saidChars = 6_000;
const mostFiles = 100;
const mostCommands = 15;
const commandChars = 200;
const left = '[…]';

/** What was said and touched in these messages, put to what is known from before. */
export function extendLedger(ledger: Ledger, messages: readonly ModelMessage[]): Ledger {
  const said = [...ledger.said];
  const files = new Set(ledger.files);
  const commands = new Set(ledger.commands);
  for (const message of messages) {
    if (isPrompt(message))
      said.push(cutTo(promptText(message), said.length === 0 ? firstChars : promptChars));
    for (const { toolName, input } of callsOf(message)) {
      const { path, command } = (typeof input === 'object' ? (input ?? {}) : {}) as Record<string, unknown>;
      if (typeof path === 'string') again(files, startOf(path, commandChars));
      if (toolName === 'bash' && typeof command === 'string') again(commands, cutTo(command, commandChars));
    }
  }
  return {
    ...ledger,
    said: bounded(said),
    files: [...files].slice(-mostFiles),
    commands: [...commands].slice(-mostCommands),
  };
}

/** The newest use counts. */
function again(set: Set<string>, value: string): void {
  set.delete(value);
  set.add(value);
}

const callsOf = ({ role, content }: ModelMessage) =>
  role === 'assistant' && typeof content !== 'string'
    ? content.filter(part => part.type === 'tool-call')
    : [];

const cutTo = (text: string, chars: number) =>
  text.length > chars ? `${startOf(text, chars)} ${left}` : text;

/** The first stays, then as many of the newest as there is room for. */
function bounded([first, ...rest]: string[]): string[] {
  if (first === undefined) return [];
  const newest: string[] = [];
  let chars = first.length;
  for (const text of rest.filter(text => text !== left).toReversed()) {
    chars += text.length;
    if (chars > saidChars) break;
    newest.unshift(text);
  }
  return [first, ...(newest.length < rest.length ? [left] : []), ...newest];
}

export function describeLedger({ said, files, commands }: Ledger): string {
  const list = (title: string, lines: string[]) =>
    lines.length > 0 ? `${title}\n${lines.map(line => `- ${line}`).join('\n')}` : '';
  return [
    list('What people said, word for word:', said),
    list('Files that were read or changed:', files),
    list('Commands that ran last:', commands),
  ]
    .filter(Boolean)
    .join('\n\n');
}
