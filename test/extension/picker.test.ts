import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CDPSession, Page } from 'puppeteer';
import { patienceMs } from '../support/patience.ts';
import { bundle } from './bundle.ts';
import { type Chrome, openChrome } from './chrome.ts';
import { drive } from './driver.ts';
import { many } from './pages.ts';
import { htmlOf, openSite, type Site } from './site.ts';

let site: Site;
let chrome: Chrome;
let tab: Page;
let panel: Page;

beforeAll(async () => {
  site = await openSite();
  site.put('/app.js', {
    type: 'text/javascript',
    body: await bundle({ version: 19, mode: 'production', entry: 'start19' }),
  });
  site.put('/orders', {
    body: htmlOf(
      '<div id="root"></div><script src="/app.js"></script>',
      `<script>
        globalThis.heard = [];
        for (const type of ['click', 'mousedown', 'mouseup', 'focusin', 'focusout', 'submit', 'change'])
          document.addEventListener(type, event => globalThis.heard.push(type + ' ' + event.target.localName), true);
      </script>`,
    ),
  });
  site.put('/many', { body: many(10_000) });
  site.put('/dialog', {
    body: htmlOf(
      '<button id="behind">Behind</button><dialog><button id="front">In front</button></dialog><script>document.querySelector("dialog").showModal()</script>',
    ),
  });
  chrome = await openChrome();
  tab = await chrome.open(`${site.url}/orders`);
  panel = await chrome.openPanel(tab);
});
afterAll(async () => {
  await chrome?.close();
  await site?.close();
});

/** Everything of a page that somebody could notice: its markup, its boxes, its focus, what listens. */
async function stateOf(page: Page, cdp: CDPSession) {
  const seen = await page.evaluate(() => ({
    html: document.documentElement.outerHTML,
    boxes: [...document.querySelectorAll('*')].map(element => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return [x, y, width, height];
    }),
    focus: document.activeElement?.outerHTML,
    scroll: [scrollX, scrollY],
    globals: Object.getOwnPropertyNames(globalThis).toSorted(),
    sheets: document.styleSheets.length + document.adoptedStyleSheets.length,
    hook: '__REACT_DEVTOOLS_GLOBAL_HOOK__' in globalThis,
  }));
  const listeners: string[] = [];
  for (const expression of ['window', 'document', 'document.documentElement', 'document.body']) {
    const { result } = await cdp.send('Runtime.evaluate', { expression });
    const found = await cdp.send('DOMDebugger.getEventListeners', { objectId: result.objectId ?? '' });
    listeners.push(...found.listeners.map(({ type, useCapture }) => `${expression} ${type} ${useCapture}`));
  }
  return { ...seen, listeners: listeners.toSorted() };
}

test('a page is after picking what it was before: no click, no focus, no layout, no listener', async () => {
  await tab.goto(`${site.url}/orders`);
  const cdp = await tab.createCDPSession();
  await tab.focus('input');
  await tab.evaluate(() => scrollTo(0, 10));
  const before = await stateOf(tab, cdp);
  await tab.evaluate(() => {
    (globalThis as unknown as { heard: string[] }).heard.length = 0;
  });
  const driver = await drive(panel, tab);
  await driver.pick('button.primary');
  await driver.send({ type: 'start', many: true, options: { fields: true, redactSelectors: [] } });
  await tab.waitForSelector('deckhand-picker');
  for (const selector of ['h1', 'button.primary', 'input']) {
    const box = await (await tab.$(selector))?.boundingBox();
    await tab.mouse.click((box?.x ?? 0) + 3, (box?.y ?? 0) + 3);
    await driver.next('picked');
  }
  await tab.keyboard.press('ArrowUp');
  await tab.keyboard.press('Escape');
  await driver.next('left');
  await driver.disconnect();
  await tab.waitForSelector('deckhand-picker', { hidden: true });
  const heard = await tab.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
  // The picker's own surface may be heard of; nothing of the page was clicked, entered or left.
  expect(heard.filter(entry => !entry.endsWith('deckhand-picker'))).toEqual([]);
  // The page hears a moment later that the panel let go of it.
  let after = await stateOf(tab, cdp);
  for (const untilMs = Date.now() + patienceMs; Date.now() < untilMs && !isDeepStrictEqual(after, before); )
    after = await stateOf(tab, cdp);
  expect(after).toEqual(before);
});

test('arrow keys walk up, down and sideways; Enter picks what is outlined', async () => {
  await tab.goto(`${site.url}/orders`);
  const driver = await drive(panel, tab);
  const up = await driver.pick('button.primary', { keys: ['ArrowUp'] });
  expect(up.capture.node.tag).toBe('form');
  const down = await driver.pick('button.primary', { keys: ['ArrowUp', 'ArrowDown'] });
  expect(down.capture.node.tag).toBe('label');
  const beside = await driver.pick('button.primary', { keys: ['ArrowLeft', 'ArrowRight'] });
  expect(beside.capture.node.tag).toBe('button');
});

test('in front of a modal dialog what is in it is picked', async () => {
  await tab.goto(`${site.url}/dialog`);
  const driver = await drive(panel, tab);
  const { capture } = await driver.pick('#front');
  expect(capture.node).toMatchObject({ tag: 'button', name: 'In front' });
});

test('a page that goes away while somebody picks ends it', async () => {
  await tab.goto(`${site.url}/orders`);
  const driver = await drive(panel, tab);
  await driver.send({ type: 'start', many: true, options: { fields: true, redactSelectors: [] } });
  await tab.waitForSelector('deckhand-picker');
  await tab.goto(`${site.url}/many`);
  expect(await tab.$('deckhand-picker')).toBeNull();
  const again = await drive(panel, tab);
  expect((await again.pick('h1')).capture.node.tag).toBe('h1');
});
