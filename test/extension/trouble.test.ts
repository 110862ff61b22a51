import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { done } from '../emulators/model/index.ts';
import { countOf, gone, press, pressNamed, reads, see, textsOf, type } from '../web/look.ts';
import { openPanelStack, type PanelStack, pickOn } from './panelStack.ts';
import { htmlOf, openSite, type Site } from './site.ts';

let opened: PanelStack;
let site: Site;
let tab: Page;
let panel: Page;

const pdf =
  '%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n';

beforeAll(async () => {
  site = await openSite();
  site.put('/', { body: htmlOf('<main><h1>Orders</h1><button id="save">Save</button></main>') });
  site.put('/report', { type: 'application/pdf', body: pdf });
  // Who is who is asked again each second here, so that nobody waits for it.
  opened = await openPanelStack({ DECKHAND_ACCESS_MS: '2000' });
  tab = await opened.chrome.open(`${site.url}/`);
});
afterAll(async () => {
  await opened?.dispose();
  await site?.close();
});

type Tokens = { accessToken: string; refreshToken: string; expiresAtMs: number };
const tokens = () =>
  panel.evaluate(async () => (await chrome.storage.session.get('tokens')).tokens as Tokens | undefined);
const setTokens = (change: Partial<Tokens>) =>
  panel.evaluate(async part => {
    const { tokens: held } = await chrome.storage.session.get('tokens');
    await chrome.storage.session.set({ tokens: { ...(held as object), ...part } });
  }, change);
/** As an administrator or another browser would: the grant ends on the server, nobody tells the panel. */
const takeBack = async () => {
  const answer = await fetch(`${opened.stack.server.url}/api/extension/sign-out`, {
    method: 'POST',
    headers: { origin: `chrome-extension://${opened.chrome.extensionId}` },
    body: JSON.stringify({ refreshToken: (await tokens())?.refreshToken }),
  });
  expect(answer.status).toBe(200);
};
/** On another page the panel asks the server at once what was begun there. */
let pages = 0;
const goOn = () => tab.goto(`${site.url}/?page=${++pages}`);
const textOf = (name: string) =>
  panel.$eval(`[data-testid=${name}]`, box => (box as HTMLTextAreaElement).value);

test('a panel that opens while the server is down says so, and works once it is up', async () => {
  const { stack, chrome } = opened;
  await stack.server.stop();
  panel = await chrome.openPanel(tab);
  await press(panel, 'sign-in-button');
  await reads(panel, 'sign-in-problem', /^Nothing answers at 127\.0\.0\.1:\d+\./);
  await stack.server.restart();
});

test('an address at which something else answers is refused in plain words', async () => {
  await pressNamed(panel, 'Another server');
  await see(panel, 'server-form');
  const write = async (text: string) => {
    await panel.click('#server', { count: 3 });
    await panel.keyboard.type(text);
    await panel.keyboard.press('Enter');
  };
  await write(site.url);
  await reads(panel, 'server-problem', /is no Deckhand server, or not the one that gave this sidebar out/);
  await write('http://127.0.0.1:9');
  await reads(panel, 'server-problem', /^Nothing answers at 127\.0\.0\.1:9/);
  // Opened again it still asks, and offers the server that it came from.
  await panel.reload();
  await panel.waitForFunction(
    url => document.querySelector<HTMLInputElement>('#server')?.value === url,
    {},
    opened.stack.server.url,
  );
  await press(panel, '[data-testid=server-form] button');
  await opened.signIn(panel);
});

test('pages of the browser itself and PDFs say that nothing can be picked on them', async () => {
  const { chrome } = opened;
  for (const [url, words] of [
    ['chrome://version', /page of the browser itself/],
    [`${site.url}/report`, /This is a PDF, not a page/],
  ] as const) {
    const other = await chrome.browser.newPage();
    await other.goto(url).catch(() => {}); // the viewer of PDFs ends the navigation that began it
    if (url.endsWith('/report'))
      await other.waitForFunction(() => document.contentType === 'application/pdf');
    await chrome.openPanel(other);
    await press(panel, 'pick-button');
    await reads(panel, 'notice', words);
    await reads(panel, 'pick-button', /^Pick$/);
    await other.close();
  }
  await tab.bringToFront();
  await gone(panel, 'notice');
});

test('a tab that is closed while somebody picks ends the picking', async () => {
  const other = await opened.chrome.open(`${site.url}/`);
  await opened.chrome.openPanel(other);
  await press(panel, 'pick-button');
  await other.waitForSelector('deckhand-picker');
  await other.close();
  await reads(panel, 'pick-button', /^Pick$/);
  await tab.bringToFront();
  await pickOn(panel, tab, '#save');
  await press(panel, 'pick-remove');
});

test('an access token is renewed before it ends, and when the server refuses it; nobody notices', async () => {
  const first = await tokens();
  await setTokens({ expiresAtMs: Date.now() });
  await goOn();
  const isNew = (last: string | undefined) =>
    panel.waitForFunction(
      async old => {
        const { tokens: held } = await chrome.storage.session.get('tokens');
        return (held as Tokens).accessToken !== old;
      },
      {},
      last,
    );
  await isNew(first?.accessToken);
  await setTokens({ accessToken: 'a-token-that-nobody-knows' });
  await goOn();
  await isNew('a-token-that-nobody-knows');
  expect(await countOf(panel, 'home')).toBe(1);
  expect((await tokens())?.refreshToken).toBe(first?.refreshToken);
});

test('a sign-in that is taken back in mid-session leads to the sign-in, and nothing written is lost', async () => {
  const { stack } = opened;
  stack.model.script('begin', [done('Begun.')]);
  await type(panel, 'panel-new-text', 'Begin #begin');
  await panel.keyboard.press('Enter');
  await reads(panel, 'timeline', 'Begun.');
  await pickOn(panel, tab, '#save');
  await type(panel, 'composer-text', 'Make it green #green');
  await takeBack();
  // By itself, when the server hangs up.
  await see(panel, 'sign-in-button');
  expect(await tokens()).toBeUndefined();
  await opened.signIn(panel, undefined, 'session');
  expect(await textOf('composer-text')).toBe('Make it green #green');
  expect(await textsOf(panel, 'pick-name')).toEqual(['button "Save"']);
  stack.model.script('green', [done('Green.')]);
  await panel.focus('[data-testid=composer-text]');
  await panel.keyboard.press('Enter');
  await reads(panel, 'timeline', 'Green.');
  expect(stack.model.askings('green')[0]?.messages.at(-1)?.text).toContain('button "Save"');
});

test('a server that goes away while somebody writes is told of, and what was written is sent later', async () => {
  const { stack } = opened;
  await press(panel, 'back');
  await see(panel, 'home');
  await stack.server.stop();
  await goOn();
  await reads(panel, 'home-trouble', /The server cannot be reached\. What you write is kept\./);
  await pickOn(panel, tab, '#save');
  await type(panel, 'panel-new-text', 'Wait for it #later');
  await panel.keyboard.press('Enter');
  await reads(panel, 'notice', 'The server cannot be reached.');
  expect(await textOf('panel-new-text')).toBe('Wait for it #later');
  stack.model.script('later', [done('There.')]);
  await stack.server.restart();
  await goOn();
  await gone(panel, 'home-trouble');
  await panel.focus('[data-testid=panel-new-text]');
  await panel.keyboard.press('Enter');
  await reads(panel, 'timeline', 'There.');
});

test('who signs out leaves nothing to the next person', async () => {
  await type(panel, 'composer-text', 'Half a thought');
  await pickOn(panel, tab, '#save');
  await press(panel, 'sign-out');
  await see(panel, 'sign-in-button');
  await panel.waitForFunction(() => localStorage.length === 0 && sessionStorage.length === 0);
  await opened.signIn(panel);
  expect(await countOf(panel, 'pick')).toBe(0);
});
