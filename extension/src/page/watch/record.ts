/** What went wrong in a page since it was loaded: asked for by an event, as components are. */
export const recordAskEvent = 'deckhand-record-ask';
export const recordAnswerEvent = 'deckhand-record-answer';
const kept = 30;
const textChars = 300;

export type Recorded = { console: string[]; requests: string[] };

export function startWatch(view: Window & typeof globalThis): void {
  const record: Recorded = { console: [], requests: [] };
  const add = (list: string[], text: string) => {
    list.push(text.slice(0, textChars));
    if (list.length > kept) list.shift();
  };
  const failed = (text: string) => add(record.requests, text);
  view.addEventListener(
    'error',
    event => {
      if (event.message)
        add(record.console, `${event.message} (${event.filename}:${event.lineno}:${event.colno})`);
      else if (event.target instanceof Element)
        failed(`${event.target.localName} ${event.target.getAttribute('src') ?? ''} could not be loaded`);
    },
    true,
  );
  view.addEventListener('unhandledrejection', event =>
    add(record.console, `Unhandled rejection: ${wordsOf(event.reason)}`),
  );
  const { error } = view.console;
  view.console.error = function deckhandWatch(...values: unknown[]) {
    add(record.console, values.map(wordsOf).join(' '));
    return error.apply(this, values);
  };
  const { fetch } = view;
  view.fetch = async function deckhandWatch(...args: Parameters<typeof fetch>) {
    const [input, init] = args;
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
    const url = input instanceof Request ? input.url : String(input);
    try {
      const answer = await fetch.apply(view, args);
      if (!answer.ok) failed(`${method} ${url} ${answer.status}`);
      return answer;
    } catch (problem) {
      failed(`${method} ${url} ${wordsOf(problem)}`);
      throw problem;
    }
  };
  const { open } = view.XMLHttpRequest.prototype;
  view.XMLHttpRequest.prototype.open = function deckhandWatch(this: XMLHttpRequest, ...args: unknown[]) {
    const [method, url] = args;
    this.addEventListener('loadend', () => {
      if (this.status === 0 || this.status >= 400) failed(`${String(method)} ${String(url)} ${this.status}`);
    });
    return Reflect.apply(open, this, args);
  } as typeof open;
  view.addEventListener(recordAskEvent, () => {
    view.dispatchEvent(new CustomEvent(recordAnswerEvent, { detail: JSON.stringify(record) }));
  });
}

function wordsOf(value: unknown): string {
  try {
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    return typeof value === 'object' && value !== null
      ? JSON.stringify(value).slice(0, textChars)
      : String(value);
  } catch {
    return 'something that cannot be written';
  }
}
