import { endOf, startOf } from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import { isFolderInstructions } from '../agentsFile.ts';
import { isPrompt, promptText } from './shape.ts';

const saidChars = 4_000;
const callChars = 600;
const resultChars = 1_200;

/** Messages as whoever sums them up reads them: all that was said, of calls and results the ends. */
export function transcript(messages: readonly ModelMessage[], mostChars: number): string {
  const text = messages
    .map(lineOf)
    .filter(Boolean)
    .join('\n\n')
    // What is inside cannot end its own quotation.
    .replaceAll(/<(?=\/?transcript)/gi, '‹');
  if (text.length <= mostChars) return text;
  const half = Math.floor(mostChars / 2);
  return `${startOf(text, half)}\n\n[… ${text.length - mostChars} characters left out …]\n\n${endOf(text, half)}`;
}

function lineOf(message: ModelMessage): string {
  if (isPrompt(message)) return `PERSON ${ends(promptText(message), saidChars)}`;
  if (message.role === 'user') {
    const text = String(message.content);
    // They are given again where the agent next works there.
    return isFolderInstructions(text) ? (text.split('\n')[0] ?? '') : ends(text, saidChars);
  }
  if (message.role === 'assistant') return answerOf(message.content);
  if (message.role === 'tool') return message.content.map(resultOf).join('\n');
  return '';
}

function answerOf(content: Extract<ModelMessage, { role: 'assistant' }>['content']): string {
  if (typeof content === 'string') return `AGENT ${ends(content, saidChars)}`;
  return content
    .map(part => {
      if (part.type === 'text') return part.text.trim() && `AGENT ${ends(part.text, saidChars)}`;
      if (part.type === 'tool-call')
        return `CALL ${part.toolName} ${ends(JSON.stringify(part.input) ?? '', callChars)}`;
      return '';
    })
    .filter(Boolean)
    .join('\n');
}

function resultOf(part: Extract<ModelMessage, { role: 'tool' }>['content'][number]): string {
  if (part.type !== 'tool-result') return '';
  const { output } = part;
  const text =
    output.type === 'text' || output.type === 'error-text'
      ? output.value
      : output.type === 'content'
        ? output.value.map(each => (each.type === 'text' ? each.text : '[picture]')).join('')
        : JSON.stringify(output);
  return `RESULT ${ends(text, resultChars)}`;
}

/** The beginning says what it is, the end how it went. */
function ends(text: string, chars: number): string {
  if (text.length <= chars) return text;
  return `${startOf(text, Math.floor(chars / 2))} […] ${endOf(text, Math.floor(chars / 2))}`;
}
