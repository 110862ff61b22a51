import { type Expanded, FromPage, type Measured, portName, type ToPage } from '../../messages.ts';

export type Refusal = { ok: false; message: string };
export type PageEvents = {
  message: (message: FromPage) => void;
  /** The page went away or was loaded anew. */
  gone: () => void;
};

/** A page that can be picked from, while its tab stays on it. */
export type PageLink = {
  tabId: number;
  send(message: ToPage): void;
  measure(
    target: Extract<ToPage, { type: 'measure' }>['target'],
    options: { redactSelectors: readonly string[]; clear: boolean },
  ): Promise<Measured | null>;
  /** Null: the page went away. `gone`: the node is not there any more, or not in what was picked. */
  expand(pickId: string, node: number, redactSelectors: readonly string[]): Promise<Expanded | 'gone' | null>;
  preview(url: string | null): Promise<boolean>;
  close(): void;
};

const patienceMs = 5000;
const isPdf = 'This is a PDF, not a page: nothing in it can be picked.';

/** Why nothing can be picked on a page with this address; null where it can. */
export function unpickable(url: string | undefined): string | null {
  if (url === undefined) return null; // not told; trying will show
  if (/^https:\/\/(chromewebstore\.google\.com|chrome\.google\.com\/webstore)/.test(url))
    return 'Chrome lets nobody pick from the web store.';
  if (/^(https?|file):/.test(url)) {
    return /\.pdf($|[?#])/i.test(url) ? isPdf : null;
  }
  return 'This is a page of the browser itself: nothing on it can be picked.';
}

export async function linkPage(
  tabId: number,
  events: PageEvents,
): Promise<({ ok: true } & PageLink) | Refusal> {
  try {
    const [kind] = await chrome.scripting.executeScript({
      target: { tabId },
      func: () => document.contentType,
      injectImmediately: true,
    });
    // Whatever its address is called: the browser's own viewer shows it.
    if (kind?.result === 'application/pdf') return { ok: false, message: isPdf };
    await chrome.scripting.executeScript({
      target: { tabId, allFrames: true },
      world: 'MAIN',
      files: ['page/react.js'],
      injectImmediately: true,
    });
    await chrome.scripting.executeScript({
      target: { tabId },
      files: ['page/pick.js'],
      injectImmediately: true,
    });
  } catch (error) {
    return { ok: false, message: refusalOf(String(error)) };
  }
  const port = chrome.tabs.connect(tabId, { name: portName, frameId: 0 });
  const waiting = new Map<string, (message: FromPage | null) => void>();
  let over = false;
  const end = () => {
    over = true;
    for (const settle of waiting.values()) settle(null);
    waiting.clear();
  };
  port.onMessage.addListener((value: unknown) => {
    const parsed = FromPage.safeParse(value);
    // What a page that was taken over sends is no message.
    if (!parsed.success) return;
    const message = parsed.data;
    if ('askId' in message) {
      waiting.get(message.askId)?.(message);
      waiting.delete(message.askId);
    } else events.message(message);
  });
  port.onDisconnect.addListener(() => {
    end();
    events.gone();
  });
  const send = (message: ToPage) => {
    if (!over) port.postMessage(message);
  };
  const ask = (make: (askId: string) => ToPage): Promise<FromPage | null> => {
    if (over) return Promise.resolve(null);
    const askId = crypto.randomUUID();
    const { promise, resolve } = Promise.withResolvers<FromPage | null>();
    waiting.set(askId, resolve);
    setTimeout(() => resolve(null), patienceMs);
    send(make(askId));
    return promise;
  };
  return {
    ok: true,
    tabId,
    send,
    async measure(target, options) {
      const said = await ask(askId => ({ type: 'measure', askId, target, ...options }));
      return said?.type === 'measured' ? said.measured : null;
    },
    async expand(pickId, node, redactSelectors) {
      const said = await ask(askId => ({ type: 'expand', askId, pickId, node, redactSelectors }));
      return said?.type === 'expanded' ? (said.expanded ?? 'gone') : null;
    },
    async preview(url) {
      const said = await ask(askId => ({ type: 'preview', askId, url }));
      return said?.type === 'previewed' && said.shown;
    },
    close() {
      end();
      port.disconnect();
    },
  };
}

function refusalOf(error: string): string {
  if (/chrome:\/\/|chrome-extension:\/\/|devtools:|edge:|about:/.test(error))
    return 'This is a page of the browser itself: nothing on it can be picked.';
  if (/extensions gallery|web ?store/i.test(error)) return 'Chrome lets nobody pick from the web store.';
  if (/error page|showing error/i.test(error)) return 'This page did not load: nothing on it can be picked.';
  if (/blocked|policy|cannot be scripted due to/i.test(error))
    return 'An administrator keeps this page out of the sidebar’s sight.';
  return 'Click the Deckhand button in the toolbar, so that the sidebar may look at this page.';
}
