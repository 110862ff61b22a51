import type { SessionEvent } from '@deckhand/shared';

/** Escapes that a terminal obeys, whole where their form is known. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const escapes = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b./g;
const lineEnds = /[\r\n\v\f\u0085\u2028\u2029]+\s*/g;

/** Fields that may be of many lines; what stands in all others is one. */
const longFields = new Set(['text', 'output', 'question', 'why', 'message', 'command', 'content', 'url']);

/** Words of others without colours: hidden or coloured, they pass for nothing, or for words of ours. */
export const withoutEscapes = (text: string): string => text.replaceAll(escapes, '');

/** What stands in a line with others, and stays in it. */
export const inLine = (text: string): string => withoutEscapes(text).replaceAll(lineEnds, ' ');

/**
 * An event as a terminal may show it. Names, titles and paths stay in their line, whatever they hold, so that nobody
 * writes lines that look like ours; colours are what a command prints, and nobody else's.
 */
export function shownEvent(event: SessionEvent): SessionEvent {
  // Compared with what its frames brought, and cleaned where it is written.
  const whole = { 'tool.finished': 'output', 'message.done': 'text' }[event.type as string];
  const clean = (value: unknown, field: string): unknown => {
    if (typeof value === 'string') {
      if (field === whole) return value;
      return longFields.has(field) ? withoutEscapes(value) : inLine(value);
    }
    if (Array.isArray(value)) return value.map(each => clean(each, field));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, clean(each, name)]));
  };
  return { ...event, data: clean(event.data, '') } as SessionEvent;
}
