import { expect, test } from '@jest/globals';
import { newLink } from './browser.ts';
import { reads, see } from './look.ts';
import { openWeb } from './web.ts';

const web = openWeb();
/** Chromium itself reports each answer of 4xx to its console. */
const refused = /status of 40[14]/;

test('the printed link signs a browser in, and a reload stays signed in', async () => {
  const { stack, browser } = web();
  const page = await browser.open(stack.server.signInLink);
  await see(page, 'home');
  expect(page.url()).toBe(`${stack.server.url}/`);
  const cookies = await page.browserContext().cookies();
  expect(cookies).toMatchObject([{ name: 'deckhand', httpOnly: true, sameSite: 'Lax' }]);
  await page.reload();
  await see(page, 'home');
});

test('a link works once; used, it says so and how to get another', async () => {
  const { stack, browser } = web();
  const link = await newLink(stack.server);
  await see(await browser.open(link), 'home');
  const second = await browser.open(link, { expected: refused });
  await reads(second, 'body', 'This link was used');
  await reads(second, 'body', 'npx deckhand link');
});

test('who is not signed in reads how to sign in, and nothing else', async () => {
  const { stack, browser } = web();
  const session = await stack.ask('Only for people who are signed in');
  for (const path of ['/', `/sessions/${session.sessionId}`, `/sessions/${session.sessionId}/diff`]) {
    const page = await browser.open(stack.server.url + path, { expected: refused });
    await reads(page, 'signed-out', 'npx deckhand link');
    expect(await page.content()).not.toContain('Only for people');
  }
});

test('a cookie that somebody made up is as good as none', async () => {
  const { stack, browser } = web();
  const page = await browser.open(`${stack.server.url}/healthz`, { expected: refused });
  await page.browserContext().setCookie({
    name: 'deckhand',
    value: 'made-up',
    domain: new URL(stack.server.url).hostname,
  });
  await page.goto(`${stack.server.url}/`);
  await see(page, 'signed-out');
});

test('a session that does not exist is said to be not found, with a way back', async () => {
  const { stack, page: open } = web();
  const page = await open('/sessions/ses_00000000000000000000', { expected: refused });
  await reads(page, 'not-found', 'There is no session');
  await page.goto(`${stack.server.url}/sessions/ses_00000000000000000000/diff`);
  await reads(page, 'not-found', 'There is no session');
  await page.locator('::-p-aria(All sessions)').click();
  await see(page, 'home');
});

test('an address that is no place of the page says so', async () => {
  const { stack, page: open } = web();
  const page = await open();
  const paths = ['/sessions/nonsense', '/sessions/ses_%3Cscript%3E', '/sessions/', '/sessions/ses_x'];
  for (const path of [...paths, '/sessions/ses_123456/other', '/x']) {
    await page.goto(stack.server.url + path, { waitUntil: 'domcontentloaded' });
    await reads(page, 'not-found', 'There is no such page');
  }
});

test('without JavaScript the page says what it needs', async () => {
  const { stack, browser } = web();
  const page = await browser.open(`${stack.server.url}/healthz`);
  await page.setJavaScriptEnabled(false);
  await page.goto(stack.server.url);
  expect(await page.$eval('noscript', part => part.textContent)).toContain('npx deckhand');
});
