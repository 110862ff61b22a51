import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptKey } from '@deckhand/extension/pack';
import type { Page } from 'puppeteer';
import { openStack, type Stack } from '../support/stack.ts';
import { newLink } from '../web/browser.ts';
import { countOf, press, see, type } from '../web/look.ts';
import { type Chrome, openChrome } from './chrome.ts';

/** A server, its model, and a Chromium with that server's sidebar. */
export type PanelStack<H extends Stack = Stack> = {
  stack: H;
  chrome: Chrome;
  /** Signs the browser in at the server, and the sidebar through it. */
  signIn(panel: Page, chrome?: Chrome, to?: 'home' | 'session'): Promise<void>;
  /** The sidebar, as whoever is signed in at the server in that browser. */
  signInSidebar(panel: Page, chrome?: Chrome, to?: 'home' | 'session'): Promise<void>;
  /** Another Chromium with the same sidebar, e.g. on another display; whoever opens it closes it. */
  another(args: string[]): Promise<Chrome>;
  dispose(): Promise<void>;
};

export async function openPanelStack<H extends Stack = Stack>(
  env: Record<string, string> = {},
  open = openStack as (env: Record<string, string>) => Promise<H>,
): Promise<PanelStack<H>> {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-key-'));
  const keyPath = join(dir, 'key.pem');
  await keptKey(keyPath);
  const stack = await open({ DECKHAND_EXTENSION_KEY: keyPath, ...env });
  const chrome = await openChrome({ serverUrl: stack.server.url, keyPath });
  const signInSidebar = async (panel: Page, at = chrome, to = 'home') => {
    const [opened] = await Promise.all([
      at.browser.waitForTarget(target => target.url().includes('/extension/sign-in')),
      press(panel, 'sign-in-button'),
    ]);
    const page = await opened.page();
    if (!page) throw new Error('no sign-in page');
    await page.waitForSelector('form button');
    await page.click('form button');
    await see(panel, to);
  };
  return {
    stack,
    chrome,
    async signIn(panel, at = chrome, to = 'home') {
      await browserSignsIn(stack, at);
      await signInSidebar(panel, at, to);
    },
    signInSidebar,
    another: args => openChrome({ serverUrl: stack.server.url, keyPath, args }),
    async dispose() {
      await chrome.close();
      await stack.dispose();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Points at the middle of something on the page, and waits until the panel has read it. */
export async function pickOn(panel: Page, tab: Page, selector: string): Promise<void> {
  const before = await countOf(panel, 'pick');
  await tab.bringToFront();
  await press(panel, 'pick-button');
  await tab.waitForSelector('deckhand-picker');
  const box = await (await tab.waitForSelector(selector))?.boundingBox();
  if (!box) throw new Error(`${selector} has no box`);
  await tab.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await panel.waitForFunction(n => document.querySelectorAll('[data-testid=pick]').length > n, {}, before);
  await panel.waitForFunction(() =>
    [...document.querySelectorAll('[data-testid=pick-facts]')].every(facts =>
      /\d+ tokens/.test(facts.textContent),
    ),
  );
}

/** Lets the panel's own code run into an error where somebody begins to write. It must be its own: of others Chrome tells nothing. */
export async function breakOnce(panel: Page): Promise<void> {
  await panel.waitForFunction(
    () => document.querySelector<HTMLSelectElement>('[data-testid=panel-repo]')?.value,
  );
  await panel.evaluate(() => {
    Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true });
    addEventListener('error', () => Reflect.deleteProperty(crypto, 'randomUUID'), { once: true });
  });
  await type(panel, 'panel-new-text', 'x');
  await panel.keyboard.press('Backspace');
  await panel.waitForFunction(() => !Object.hasOwn(crypto, 'randomUUID'));
}

async function browserSignsIn(stack: Stack, chrome: Chrome): Promise<void> {
  const tab = await chrome.browser.newPage();
  await tab.goto(await newLink(stack.server), { waitUntil: 'domcontentloaded' });
  await tab.close();
}
