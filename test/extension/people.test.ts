import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { done } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { countOf, reads, see, type } from '../web/look.ts';
import { openPanelStack, type PanelStack, pickOn } from './panelStack.ts';
import { htmlOf, openSite, type Site } from './site.ts';

let opened: PanelStack<GithubStack>;
let site: Site;
let tab: Page;
let panel: Page;

beforeAll(async () => {
  site = await openSite();
  site.put('/', { body: htmlOf('<button id="save">Save</button>') });
  opened = await openPanelStack({}, env => openGithubStack(['shop'], env));
  for (const login of ['ana', 'ben'])
    opened.stack.github.person(login, { orgs: ['acme'], access: { 'acme/shop': 'write' } });
  tab = await opened.chrome.open(`${site.url}/`);
  panel = await opened.chrome.openPanel(tab);
});
afterAll(async () => {
  await opened?.dispose();
  await site?.close();
});

/** At the server through GitHub's page, then in the sidebar. */
async function signsIn(login: string): Promise<void> {
  const { stack, chrome } = opened;
  stack.github.oauth.approveAs(login);
  const page = await chrome.browser.newPage();
  await page.goto(`${stack.server.url}/auth/github`, { waitUntil: 'networkidle2' });
  await page.close();
  await opened.signInSidebar(panel);
  await tab.bringToFront();
}

test('what somebody wrote and picked is not shown to the next person, nor sent in their name', async () => {
  await signsIn('ana');
  await pickOn(panel, tab, '#save');
  await type(panel, 'panel-new-text', 'Anas half a thought');
  // Nobody signs out: the sign-in ends on the server.
  const { refreshToken } = await panel.evaluate(
    async () => (await chrome.storage.session.get('tokens')).tokens as { refreshToken: string },
  );
  await fetch(`${opened.stack.server.url}/api/extension/sign-out`, {
    method: 'POST',
    headers: { origin: `chrome-extension://${opened.chrome.extensionId}` },
    body: JSON.stringify({ refreshToken }),
  });
  await tab.goto(`${site.url}/?on`);
  await see(panel, 'sign-in-button');
  await signsIn('ben');
  expect(await countOf(panel, 'pick')).toBe(0);
  const box = await see(panel, 'panel-new-text');
  expect(await box.evaluate(part => (part as HTMLTextAreaElement).value)).toBe('');
  opened.stack.model.script('ben', [done('For Ben.')]);
  await panel.waitForSelector('[data-testid=panel-repo] option[value=shop]');
  await panel.select('[data-testid=panel-repo]', 'shop');
  await type(panel, 'panel-new-text', 'Do this #ben');
  await panel.keyboard.press('Enter');
  await reads(panel, 'timeline', 'For Ben.');
  expect(opened.stack.model.askings('ben')[0]?.messages.at(-1)?.text).not.toMatch(/Save|thought/);
});
