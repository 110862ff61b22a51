import type { ModelMessage } from 'ai';
import { describeLedger } from './ledger.ts';
import { withoutMetadata } from './metadata.ts';
import { shrink } from './shrink.ts';
import type { Context, ContextVersion, Entry } from './state.ts';
import { describeTodo } from './todo.ts';
import { wellFormed } from './wellFormed.ts';

/**
 * The context as the model reads it: the summary of what came before, the messages since, the older ones of them
 * shrunk. Between two versions it only grows at its end, so that a provider's cache holds.
 */
export function readable({ version, entries }: Pick<Context, 'version' | 'entries'>): ModelMessage[] {
  const read = entries.filter(entry => isRead(entry, version));
  const messages = read.map(entry => form(entry, version));
  if (!version?.summary) return messages;
  const kept = read.filter(({ place }) => place < version.upTo).length;
  // Behind what was kept: a list in there is an older one.
  return [
    summaryMessage(version),
    ...messages.slice(0, kept),
    ...todoMessage(version),
    ...messages.slice(kept),
  ];
}

const lists = new WeakMap<ContextVersion, ModelMessage[]>();

function todoMessage(version: ContextVersion): ModelMessage[] {
  const known = lists.get(version);
  if (known) return known;
  const text = describeTodo(version.ledger.todo);
  const made: ModelMessage[] =
    text === '' ? [] : [{ role: 'user', content: `[Deckhand] ${text}`.toWellFormed() }];
  lists.set(version, made);
  return made;
}

const isRead = ({ place }: Entry, version: ContextVersion | null) =>
  !version || place >= version.upTo || version.kept.includes(place);

const plain = new WeakMap<ModelMessage, ModelMessage>();
const short = new WeakMap<ModelMessage, ModelMessage>();

/** Worked out once for each message, in either form. */
function form({ place, message }: Entry, version: ContextVersion | null): ModelMessage {
  const isShort = version !== null && place < version.shrunkTo && !version.kept.includes(place);
  const memory = isShort ? short : plain;
  const known = memory.get(message);
  if (known) return known;
  const made = wellFormed(withoutMetadata(isShort ? shrink(message) : message));
  memory.set(message, made);
  return made;
}

function summaryMessage({ summary, ledger, version }: ContextVersion): ModelMessage {
  const text = `[Deckhand] The session is longer than what you can read at once. Summary ${version} of what came before (search_history finds the rest, word for word):\n\n${summary}\n\n${describeLedger(ledger)}`;
  return { role: 'user', content: text.trim().toWellFormed() };
}
