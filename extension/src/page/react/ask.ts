import { z } from 'zod';
import { answerEvent, answerMaxChars, askEvent, byeEvent, type Question, type RawAnswer } from './wire.ts';

const Place = z.object({
  file: z.string().max(2000),
  line: z.number().int().positive().optional().catch(undefined),
  column: z.number().int().nonnegative().optional().catch(undefined),
  by: z.enum(['debug', 'stack']),
});
const pairs = z.record(z.string().max(100), z.string().max(1000));
const Answer = z.object({
  framework: z.enum(['react', 'vue', 'svelte']),
  version: z.string().max(40).optional().catch(undefined),
  build: z.enum(['development', 'production']).optional(),
  components: z
    .array(
      z.object({
        name: z.string().max(200),
        source: Place.optional().catch(undefined),
        usedAt: Place.optional().catch(undefined),
        key: z.string().max(2000).optional().catch(undefined),
        props: pairs.optional().catch(undefined),
        state: pairs.optional().catch(undefined),
      }),
    )
    .max(30),
});

/** Asks the page's world about one element; null where nothing there answers. */
function ask(element: Element, question: Question): unknown {
  const view = element.ownerDocument.defaultView;
  if (!view) return null;
  let said: unknown = null;
  const hear = (event: Event) => {
    event.stopImmediatePropagation();
    const { detail } = event as CustomEvent<unknown>;
    if (typeof detail === 'string' && detail.length <= answerMaxChars) said ??= detail;
  };
  view.addEventListener(answerEvent, hear, true);
  try {
    element.dispatchEvent(new CustomEvent(askEvent, { detail: question, composed: true }));
  } finally {
    view.removeEventListener(answerEvent, hear, true);
  }
  try {
    return typeof said === 'string' ? JSON.parse(said) : null;
  } catch {
    return null;
  }
}

export function askName(element: Element): string | null {
  const name = ask(element, 'name');
  return typeof name === 'string' ? name.slice(0, 200) : null;
}

export function askComponents(element: Element, fields: boolean): RawAnswer | null {
  const parsed = Answer.safeParse(ask(element, fields ? 'fields' : 'all'));
  return parsed.success ? parsed.data : null;
}

export function sayBye(view: Window): void {
  view.dispatchEvent(new CustomEvent(byeEvent));
}
