import type { Capture } from '@deckhand/shared/capture';
import type { KeyInput, Page } from 'puppeteer';

/** What the page's side answers, as it comes over the port. */
export type Said = { type: string; askId?: string; capture?: Capture; tookMs?: number } & Record<
  string,
  unknown
>;

/**
 * Talks to the scripts in a page as the panel does, from the panel's own page: over the extension's port, with its
 * permissions. What people do is done with the tab's mouse and keyboard.
 */
export type Driver = {
  send(message: object): Promise<void>;
  /** The next message of this type that was not taken yet. */
  next(type: string): Promise<Said>;
  /** Picks the element under that one's middle by a click, or with keys from there. */
  pick(
    selector: string,
    options?: { keys?: KeyInput[]; redactSelectors?: string[] },
  ): Promise<{ capture: Capture; tookMs: number }>;
  disconnect(): Promise<void>;
};

type Shelf = { deckhandSaid?: Said[]; deckhandPort?: chrome.runtime.Port };

export async function drive(panel: Page, tab: Page): Promise<Driver> {
  await tab.bringToFront();
  await panel.evaluate(async () => {
    const shelf = globalThis as Shelf;
    const [active] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
    const tabId = active?.id ?? 0;
    await chrome.scripting.executeScript({
      target: { tabId, allFrames: true },
      world: 'MAIN',
      files: ['page/react.js'],
    });
    await chrome.scripting.executeScript({ target: { tabId }, files: ['page/pick.js'] });
    shelf.deckhandSaid = [];
    const port = chrome.tabs.connect(tabId, { name: 'deckhand-pick', frameId: 0 });
    shelf.deckhandPort = port;
    port.onMessage.addListener(message => shelf.deckhandSaid?.push(message as Said));
  });
  const driver: Driver = {
    async send(message) {
      await panel.evaluate(
        text => (globalThis as Shelf).deckhandPort?.postMessage(JSON.parse(text)),
        JSON.stringify(message),
      );
    },
    async next(type) {
      const handle = await panel.waitForFunction(
        wanted => {
          const said = (globalThis as Shelf).deckhandSaid ?? [];
          const at = said.findIndex(message => message.type === wanted);
          return at < 0 ? null : JSON.stringify(said.splice(at, 1)[0]);
        },
        { polling: 20 },
        type,
      );
      return JSON.parse(String(await handle.jsonValue())) as Said;
    },
    async pick(selector, { keys = [], redactSelectors = ['.salary'] } = {}) {
      const options = { fields: true, redactSelectors };
      await driver.send({ type: 'start', many: false, options });
      await tab.waitForSelector('deckhand-picker');
      const box = await (await tab.waitForSelector(selector))?.boundingBox();
      if (!box) throw new Error(`${selector} has no box`);
      await tab.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      if (keys.length === 0) await tab.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      for (const key of keys.length > 0 ? [...keys, 'Enter' as const] : [])
        await driver.send({ type: 'key', key });
      const { capture, tookMs } = await driver.next('picked');
      if (!capture) throw new Error('no capture');
      return { capture, tookMs: tookMs ?? 0 };
    },
    disconnect: () => panel.evaluate(() => (globalThis as Shelf).deckhandPort?.disconnect()),
  };
  await driver.next('ready');
  return driver;
}
