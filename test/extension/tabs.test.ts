import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { done, gate } from '../emulators/model/index.ts';
import { sandboxContainers } from '../support/engine.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { countOf, gone, press, pressNamed, reads, see, type } from '../web/look.ts';
import { openPanelStack, type PanelStack, pickOn } from './panelStack.ts';
import { htmlOf, openSite, type Site } from './site.ts';

let opened: PanelStack;
let dir: string;
let repos: TestRepo[];
/** Pages of the shop, which repos.json names; of billing, which it does not; and of something without a name. */
let shop: Site;
let billing: Site;
let nameless: Site;
let tab: Page;
let panel: Page;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deckhand-tabs-'));
  repos = await Promise.all(['shop', 'billing'].map(id => createRepo(id, { 'README.md': `${id}\n` })));
  [shop, billing, nameless] = (await Promise.all([openSite(), openSite(), openSite()])) as [Site, Site, Site];
  for (const site of [shop, billing, nameless])
    for (const path of ['/', '/lists', '/lists/open'])
      site.put(path, { body: htmlOf('<main><h1>Lists</h1><button id="save">Save</button></main>') });
  const [first, second] = repos;
  await writeFile(
    join(dir, 'repos.json'),
    JSON.stringify({
      repos: [
        { id: 'shop', url: first?.url, description: 'Cart and checkout', pages: [new URL(shop.url).host] },
        { id: 'billing', url: second?.url, description: 'Invoices, payments and refunds' },
      ],
    }),
  );
  opened = await openPanelStack({ DECKHAND_REPOS: join(dir, 'repos.json') });
  tab = await opened.chrome.open(`${shop.url}/`);
  panel = await opened.chrome.openPanel(tab);
  await opened.signIn(panel);
  await tab.bringToFront();
});
afterAll(async () => {
  await opened?.dispose();
  await Promise.all([shop, billing, nameless].map(site => site?.close()));
  await Promise.all((repos ?? []).map(repo => repo.remove()));
  await rm(dir, { recursive: true, force: true });
});

const host = (site: Site) => new URL(site.url).host;
const repoIs = (id: string) =>
  panel.waitForFunction(
    wanted => document.querySelector<HTMLSelectElement>('[data-testid=panel-repo]')?.value === wanted,
    {},
    id,
  );
const repoOfSession = async () => {
  const sessionId = await panel.evaluate(() => sessionStorage.getItem('deckhand.session') ?? '');
  const got = await opened.stack.client.http['session.get']({ sessionId });
  return got.ok ? got.session.repo : got.message;
};

test('the shortcut that opens the panel is the button’s own', async () => {
  const commands = await panel.evaluate(() => chrome.commands.getAll());
  expect(commands).toEqual([
    expect.objectContaining({ name: '_execute_action', shortcut: expect.stringMatching(/^Alt\+Shift\+D$/) }),
  ]);
});

test('the first words make a sandbox ready, before anything is sent', async () => {
  const stack = await opened.stack.server.deploymentId();
  expect(await sandboxContainers(stack)).toEqual([]);
  await repoIs('shop');
  await type(panel, 'panel-new-text', 'The');
  await until(async () => (await sandboxContainers(stack)).length === 1);
  opened.stack.model.script('warm', [{ calls: [{ tool: 'bash', input: { command: 'ls' } }] }, done('Warm.')]);
  await type(panel, 'panel-new-text', ' cart #warm');
  await panel.keyboard.press('Enter');
  await reads(panel, 'timeline', 'Warm.');
  // It is the one that the session works in.
  expect(await sandboxContainers(stack)).toHaveLength(1);
  await press(panel, 'back');
});

test('the panel goes with the tab in front, and picking ends with the tab that it was for', async () => {
  await reads(panel, 'page-host', host(shop));
  await pickOn(panel, tab, '#save');
  await press(panel, 'pick-button');
  await tab.waitForSelector('deckhand-picker');
  const other = await opened.chrome.open(`${billing.url}/`);
  await reads(panel, 'pick-button', /^Pick$/);
  await tab.waitForSelector('deckhand-picker', { hidden: true });
  // Nobody said yet that the sidebar may look at this tab: the other one's place is not shown for it.
  await reads(panel, 'page-host', /^Deckhand$/);
  await press(panel, 'pick-button');
  await reads(panel, 'notice', /Click the Deckhand button in the toolbar/);
  await opened.chrome.openPanel(other);
  await reads(panel, 'page-host', host(billing));
  await gone(panel, 'notice');
  // What was picked stays with what is being written, whichever tab is in front.
  await pickOn(panel, other, 'h1');
  expect(await countOf(panel, 'pick')).toBe(2);
  await type(panel, 'panel-new-text', 'two lines');
  await panel.keyboard.down('Shift');
  await panel.keyboard.press('Enter');
  await panel.keyboard.up('Shift');
  await panel.keyboard.press('ArrowUp');
  expect(await panel.$eval('[data-testid=panel-new-text]', box => (box as HTMLTextAreaElement).value)).toBe(
    'two lines\n',
  );
  await panel.keyboard.press('Backspace');
  await tab.bringToFront();
  await reads(panel, 'page-host', host(shop));
  await repoIs('shop');
  // Elsewhere, in the same tab: what was seen of it before is not said of it now.
  await tab.goto(`${nameless.url}/`);
  await reads(panel, 'page-host', /^Deckhand$/);
  await tab.goto(`${shop.url}/`);
  await opened.chrome.openPanel(tab);
  await other.close();
  for (let n = 2; n > 0; n--) await press(panel, 'pick-remove');
});

test('what happens in another window is not this panel’s page', async () => {
  await reads(panel, 'page-host', host(shop));
  const [elsewhere] = await Promise.all([
    opened.chrome.browser.waitForTarget(target => target.url() === `${nameless.url}/lists`),
    panel.evaluate(url => void chrome.windows.create({ url, focused: true }), `${nameless.url}/lists`),
  ]);
  await pickOn(panel, tab, '#save');
  await reads(panel, 'page-host', host(shop));
  await press(panel, 'pick-remove');
  await (await elsewhere.page())?.close();
});

const clear = async () => {
  await panel.click('[data-testid=panel-new-text]', { count: 3 });
  await panel.keyboard.press('Backspace');
};

test('where no host says it the server judges by the words', async () => {
  opened.stack.model.script('guess', [done('Guessed.')]);
  const other = await opened.chrome.open(`${billing.url}/`);
  await opened.chrome.openPanel(other);
  await repoIs('');
  await clear();
  await type(panel, 'panel-new-text', 'Invoices and refunds of billing are wrong #guess');
  await panel.keyboard.press('Enter');
  await reads(panel, 'timeline', 'Guessed.');
  expect(await repoOfSession()).toBe('billing');
  await press(panel, 'back');
  await other.close();
});

test('where nothing says it the person is asked, once', async () => {
  opened.stack.model.script('asked', [done('Asked.')]);
  const other = await opened.chrome.open(`${nameless.url}/lists`);
  await opened.chrome.openPanel(other);
  await repoIs('');
  await type(panel, 'panel-new-text', 'Make it wider #asked');
  await panel.keyboard.press('Enter');
  await reads(panel, 'notice', /Which repository is this page of\?/);
  await panel.select('[data-testid=panel-repo]', 'billing');
  await panel.focus('[data-testid=panel-new-text]');
  await panel.keyboard.press('Enter');
  await reads(panel, 'timeline', 'Asked.');
  expect(await repoOfSession()).toBe('billing');
  await panel.close();
  panel = await opened.chrome.openPanel(other);
  await see(panel, 'home');
  await repoIs('billing');
  await other.goto(`${nameless.url}/lists/open`);
  await repoIs('billing');
  await other.close();
  await tab.bringToFront();
});

test('who is here, what waits, and stop, as on the session’s page', async () => {
  const { stack } = opened;
  const wait = gate();
  stack.model.script('long', [{ say: ['Working ', wait.wait] }]);
  stack.model.script('next', [done('Next done.')]);
  await repoIs('shop');
  await type(panel, 'panel-new-text', 'Begin #long');
  await panel.keyboard.press('Enter');
  await reads(panel, 'live-message', /^Working/);
  await see(panel, 'presence');
  const me = await stack.client.http.me({});
  expect(await panel.$eval('[data-testid=presence]', part => part.getAttribute('aria-label'))).toBe(
    `Here now: ${me.ok ? me.name : ''}`,
  );
  for (const text of ['Then this #next', 'Not this']) {
    await type(panel, 'composer-text', text);
    await panel.keyboard.press('Enter');
    await reads(panel, 'queued-prompt', text);
  }
  await pressNamed(panel, 'Cancel', '[data-testid=queued-prompt][data-place="2"]');
  await panel.waitForFunction(() => document.querySelectorAll('[data-testid=queued-prompt]').length === 1);
  await press(panel, 'stop');
  await press(panel, 'stop-run');
  await reads(panel, 'timeline', 'Next done.');
  await gone(panel, 'stop');
  wait.open();
  const href = await panel.$eval('[data-testid=session-page]', link => (link as HTMLAnchorElement).href);
  expect(href).toMatch(new RegExp(`^${stack.server.url}/sessions/ses_`));
});

/** What would be sent of the first pick, line by line. */
const linesOfPick = async (): Promise<string> => {
  await press(panel, 'pick-review');
  await see(panel, 'pick-lines');
  // All in sight: the head above and the box to write in below.
  expect(await panel.evaluate(() => [scrollY, document.documentElement.scrollHeight - innerHeight])).toEqual([
    0, 0,
  ]);
  const lines = await panel.$$eval('.pick-text', parts => parts.map(part => part.textContent).join('\n'));
  await press(panel, 'pick-remove');
  return lines;
};

type Developer = { developerPrivate: { addHostPermission(id: string, host: string): Promise<void> } };
/** As somebody who says yes where Chrome asks; its own window for that is out of reach. */
const allowSite = async (pattern: string) => {
  const settings = await opened.chrome.browser.newPage();
  await settings.goto('chrome://extensions');
  await settings.evaluate(
    (id, host) => (chrome as unknown as Developer).developerPrivate.addHostPermission(id, host),
    opened.chrome.extensionId,
    pattern,
  );
  await settings.close();
};

test('errors of a page are sent only of sites where the person said so', async () => {
  const broken = htmlOf(
    `<main><h1>Broken</h1></main>`,
    `<script>
      console.error('The cart is empty', 'Bearer abcdef1234567890abcdef');
      addEventListener('load', async () => {
        await fetch('/missing?token=abcdef1234567890');
        setTimeout(() => { throw new Error('no total') });
        await new Promise(resolve => setTimeout(resolve));
        document.title = 'Ready';
      });
    </script>`,
  );
  for (const site of [shop, billing]) site.put('/broken', { body: broken });
  const visit = async (site: Site) => {
    await tab.goto(`${site.url}/broken`);
    await tab.waitForFunction(() => document.title === 'Ready');
    await opened.chrome.openPanel(tab);
    await reads(panel, 'page-host', host(site));
    await pickOn(panel, tab, 'h1');
    return linesOfPick();
  };
  expect(await visit(shop)).not.toMatch(/cart is empty|no total|missing/);
  await allowSite(`${shop.url}/*`);
  await press(panel, 'watch-site');
  await panel.waitForSelector('[data-testid=watch-site]:checked');
  const lines = await visit(shop);
  expect(lines).toMatch(/The cart is empty/);
  expect(lines).toMatch(/no total/);
  expect(lines).toMatch(/GET \/missing\?token=\[removed: [^\]]+\] 404/);
  expect(lines).not.toMatch(/abcdef123456/);
  expect(await visit(billing)).not.toMatch(/cart is empty|no total|missing/);
  await visit(shop);
  await press(panel, 'watch-site');
  await panel.waitForSelector('[data-testid=watch-site]:not(:checked)');
  expect(await visit(shop)).not.toMatch(/cart is empty|no total|missing/);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setTimeout(resolve, 100));
}
