import type { ModelMessage, UserModelMessage } from 'ai';
import { isSteering } from './metadata.ts';
import type { Entry } from './state.ts';

/** What a person wrote: a list of parts. What Deckhand itself tells the model is a plain text. */
export const isPrompt = (message: ModelMessage): message is PromptMessage =>
  message.role === 'user' && typeof message.content !== 'string';

type PromptMessage = UserModelMessage & { content: Exclude<UserModelMessage['content'], string> };

/** A prompt's words without its attachments. */
export function promptText({ content }: PromptMessage): string {
  const [words] = content;
  return words?.type === 'text' ? words.text : '';
}

/**
 * Places of the prompts that are being worked on, and of what the model had said before them: they may answer its
 * question. What was put into the turn later does not take the place of what it began with.
 */
export function openPlaces(entries: readonly Entry[]): number[] {
  const begun = entries.findLastIndex(({ message }) => isPrompt(message) && !isSteering(message));
  if (begun === -1) return entries.filter(({ message }) => isPrompt(message)).map(({ place }) => place);
  let first = begun;
  while (first > 0 && isPrompt((entries[first - 1] as Entry).message)) first -= 1;
  const asked = entries.slice(0, first).findLastIndex(({ message }) => message.role === 'assistant');
  const before = asked === -1 ? [] : stepAt(entries.slice(0, first), asked);
  const prompts = entries.slice(first).filter(({ message }) => isPrompt(message));
  return [...before, ...prompts].map(({ place }) => place);
}

/** An answer with the results of its calls. */
function stepAt(entries: readonly Entry[], answer: number): Entry[] {
  let end = answer + 1;
  while (entries[end]?.message.role === 'tool') end += 1;
  return entries.slice(answer, end);
}

/** The last place at or before `index` where the context may be cut: never between a call and its result. */
export function boundary(entries: readonly Entry[], index: number): number {
  let at = Math.max(0, Math.min(index, entries.length));
  while (at > 0 && entries[at]?.message.role === 'tool') at -= 1;
  return at;
}
