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
  site.put('/layers', {
    body: htmlOf(
      `<button id="menu">Menu<span id="items" hidden><a id="item" href="/many">Item</a></span></button>
       <div id="layer" style="margin-top:60px"><button id="inside">Inside</button></div>`,
      `<script>
        // As dismissable layers do: whatever is pressed or focused outside closes it.
        addEventListener('DOMContentLoaded', () => {
          const layer = document.getElementById('layer');
          for (const type of ['pointerdown', 'mousedown', 'mouseup', 'click', 'touchstart', 'focusin', 'focusout'])
            document.addEventListener(type, event => layer.contains(event.target) || layer.remove(), type !== 'click');
          const menu = document.getElementById('menu'), items = document.getElementById('items');
          menu.addEventListener('mouseenter', () => { items.hidden = false; });
          menu.addEventListener('mouseleave', () => { items.hidden = true; });
        });
      </script>`,
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

test('a dialog that closes when something outside is pressed stays while parts of it are picked', async () => {
  await tab.goto(`${site.url}/layers`);
  const driver = await drive(panel, tab);
  const { capture } = await driver.pick('#inside');
  expect(capture.node).toMatchObject({ tag: 'button', name: 'Inside' });
  expect((await driver.pick('#inside')).capture.node.name).toBe('Inside');
  expect(await tab.$('#layer')).not.toBeNull();
});

test('after F a menu opens under the pointer and is picked; nothing of it is clicked', async () => {
  await tab.goto(`${site.url}/layers`);
  const driver = await drive(panel, tab);
  await driver.send({ type: 'start', many: false, options: { fields: true, redactSelectors: [] } });
  await tab.waitForSelector('deckhand-picker');
  const menu = await (await tab.$('#menu'))?.boundingBox();
  await tab.mouse.move((menu?.x ?? 0) + 5, (menu?.y ?? 0) + 5);
  expect(await (await tab.$('#items'))?.isVisible()).toBe(false);
  await tab.keyboard.press('f');
  await tab.mouse.move((menu?.x ?? 0) + 6, (menu?.y ?? 0) + 6);
  await tab.waitForSelector('#item', { visible: true });
  const item = await (await tab.$('#item'))?.boundingBox();
  await tab.mouse.move((item?.x ?? 0) + 3, (item?.y ?? 0) + 5);
  await tab.mouse.down();
  await tab.mouse.up();
  const picked = await driver.next('picked');
  expect(JSON.stringify(picked)).toContain('"item"');
  expect(tab.url()).toBe(`${site.url}/layers`);
  expect(await tab.$('#layer')).not.toBeNull();
});
