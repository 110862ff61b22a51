import { componentNameOf, reactOf } from '../react/fibers.ts';
import { svelteOf, vueOf } from '../react/others.ts';
import { answerEvent, askEvent, byeEvent, type Question, type RawAnswer } from '../react/wire.ts';

/** Runs in the page's own world while somebody picks, and answers for elements. */
function answerOf(element: Element, question: Question): string | RawAnswer | null {
  if (question === 'name')
    return componentNameOf(element) ?? vueOf(element, false)?.components[0]?.name ?? null;
  const fields = question === 'fields';
  return reactOf(element, fields) ?? vueOf(element, fields) ?? svelteOf(element);
}

function onAsk(event: Event): void {
  const [element] = event.composedPath();
  if (!(element instanceof Element)) return;
  let answer: string | RawAnswer | null = null;
  try {
    answer = answerOf(element, (event as CustomEvent).detail as Question);
  } catch {
    // Code of the page may throw anywhere in here; then its components are not known.
  }
  dispatchEvent(new CustomEvent(answerEvent, { detail: JSON.stringify(answer) }));
}

function onBye(): void {
  removeEventListener(askEvent, onAsk, true);
  removeEventListener(byeEvent, onBye);
}

// Put in again, there is still one that answers.
dispatchEvent(new CustomEvent(byeEvent));
addEventListener(askEvent, onAsk, true);
addEventListener(byeEvent, onBye);
