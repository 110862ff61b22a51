import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { openBrowser, phone, type TestBrowser } from './browser.ts';
import { faults, misfits } from './inspect.ts';
import { gone, press, reads, see, textsOf } from './look.ts';

let stack: GithubStack;
let browser: TestBrowser;
/** Chromium itself reports each answer of 4xx to its console. */
const refused = /status of 40[134]/;

beforeAll(async () => {
  [stack, browser] = await Promise.all([
    // No sandbox is needed here.
    openGithubStack(['shop'], { DOCKER_HOST: 'unix:///nowhere/docker.sock' }),
    openBrowser(),
  ]);
  stack.github.person('ana', { name: 'Ana Ruiz', orgs: ['acme'] });
  stack.github.person('eve');
});
afterEach(() => browser?.settle());
afterAll(async () => {
  await browser?.close();
  await stack?.dispose();
});

test.each([
  ['desktop', undefined],
  ['phone', phone],
] as const)(
  'who is not signed in is offered GitHub (%s), and comes back to the page they wanted',
  async (_, viewport) => {
    stack.github.oauth.approveAs('ana');
    const page = await browser.open(`${stack.server.url}/machine`, {
      expected: refused,
      ...(viewport ? { viewport } : {}),
    });
    await reads(page, 'sign-in-github', 'Sign in with GitHub');
    expect(await faults(page)).toEqual([]);
    expect(await misfits(page)).toEqual([]);
    await press(page, 'sign-in-github');
    await see(page, 'machine');
    expect(page.url()).toBe(`${stack.server.url}/machine`);
  },
);

test('the account menu says who one is, and signs out; what was typed stays behind for nobody', async () => {
  stack.github.oauth.approveAs('ana');
  const page = await browser.open(`${stack.server.url}/auth/github`, { expected: refused });
  await see(page, 'home');
  await page.evaluate(() => localStorage.setItem('deckhand.text.new', 'half a thought'));
  await press(page, 'account');
  await reads(page, 'account-menu', 'Ana Ruiz');
  await reads(page, 'account-menu', 'ana · member');
  expect(await textsOf(page, 'account-github')).toEqual([]);
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await gone(page, 'account-menu');
  await press(page, 'account');
  await press(page, 'sign-out');
  await see(page, 'sign-in-github');
  expect(await page.evaluate(() => localStorage.getItem('deckhand.text.new'))).toBeNull();
  expect(await page.browserContext().cookies()).toEqual([]);
});

test('the person at the machine may sign in with GitHub from there', async () => {
  const page = await browser.signedIn(stack.server);
  await press(page, 'account');
  await reads(page, 'account-github', 'Sign in with GitHub');
});

test('a refusal is a page that reads well and leads back', async () => {
  stack.github.oauth.approveAs('eve');
  const page = await browser.open(`${stack.server.url}/auth/github`, { expected: refused });
  await reads(page, 'body', 'You don’t have access');
  await reads(page, 'body', 'You are eve on GitHub');
  expect(await faults(page)).toEqual([]);
});
