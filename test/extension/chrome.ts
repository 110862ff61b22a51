import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureExtensionBuilt, keptKey, packExtension } from '@deckhand/extension/pack';
import puppeteer, { type Browser, type Page } from 'puppeteer';
import { patienceMs } from '../support/patience.ts';

/** A real Chromium with the built sidebar in it. */
export type Chrome = {
  browser: Browser;
  extensionId: string;
  /** Its files, as they are served. */
  dir: string;
  /** A tab on this page. */
  open(url: string): Promise<Page>;
  /** Clicks on the toolbar's button while that tab is in front; answers the side panel. */
  openPanel(tab: Page): Promise<Page>;
  close(): Promise<void>;
};

const say = () => {};

export async function openChrome({
  serverUrl = 'http://127.0.0.1:9',
  keyPath,
  args = [],
}: {
  serverUrl?: string;
  /** The key of the server's extension, so that it is the one that it knows. */
  keyPath?: string;
  args?: string[];
} = {}): Promise<Chrome> {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-chrome-'));
  const built = await ensureExtensionBuilt({ say });
  const key = keyPath ?? join(dir, 'key.pem');
  await keptKey(key);
  const packed = await packExtension({
    built,
    keyPath: key,
    outDir: join(dir, 'packed'),
    publicUrl: serverUrl,
  });
  const browser = await puppeteer.launch({
    executablePath: '/usr/bin/chromium',
    pipe: true,
    enableExtensions: [packed.unpacked],
    userDataDir: join(dir, 'profile'),
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-quic',
      '--no-first-run',
      '--window-size=1400,900',
      ...args,
    ],
    defaultViewport: null,
  });
  // A click that comes before the service worker listens is lost.
  await browser.waitForTarget(
    target => target.type() === 'service_worker' && target.url().includes(packed.id),
    { timeout: patienceMs },
  );
  const extension = async () => {
    const found = (await browser.extensions()).get(packed.id);
    if (!found) throw new Error('the extension is not installed');
    return found;
  };
  return {
    browser,
    extensionId: packed.id,
    dir: packed.unpacked,
    async open(url) {
      const page = await browser.newPage();
      page.setDefaultTimeout(patienceMs);
      await page.goto(url, { waitUntil: 'load' });
      return page;
    },
    async openPanel(tab) {
      await tab.bringToFront();
      const isPanel = (url: string) => url === `chrome-extension://${packed.id}/sidepanel.html`;
      // Right after its installation Chrome may not know yet that the worker listens for clicks: people click again.
      for (const endMs = Date.now() + patienceMs; ; ) {
        await (await extension()).triggerAction(tab);
        const target = await browser
          .waitForTarget(found => isPanel(found.url()), { timeout: 2500 })
          .catch(() => null);
        if (!target && Date.now() < endMs) continue;
        if (!target) throw new Error('the panel does not open');
        const panel = await target.asPage();
        panel.setDefaultTimeout(patienceMs);
        // The page makes room for it a moment later, and all in it moves.
        await tab.waitForFunction(() => innerWidth < outerWidth - 100);
        return panel;
      }
    },
    async close() {
      await browser.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
