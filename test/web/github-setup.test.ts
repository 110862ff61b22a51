import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GithubEmulator, startGithub } from '../emulators/github/github.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { openBrowser, phone, type TestBrowser } from './browser.ts';
import { faults, misfits } from './inspect.ts';
import { reads } from './look.ts';

let folder: string;
let github: GithubEmulator;
let stack: Stack;
let browser: TestBrowser;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deckhand-setup-'));
  github = await startGithub(folder, []);
  const settings = { DOCKER_HOST: 'unix:///nowhere/docker.sock', GITHUB_API_URL: github.url };
  stack = await openStack({ ...settings, GITHUB_URL: github.url });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.dispose();
  await github?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('an admin makes the App with two presses, by the page’s own policy', async () => {
  const page = await browser.signedIn(stack.server, '/setup/github', { viewport: phone });
  expect([...(await faults(page)), ...(await misfits(page))]).toEqual([]);
  await page.locator('#create').click();
  await page.waitForSelector('#install');
  await reads(page, 'main h1', 'Deckhand test is set up');
  expect(await page.$eval('#install', link => (link as HTMLAnchorElement).href)).toMatch(
    /installations\/new$/,
  );
  // The server takes the App into service now, and may refuse whatever the page would ask for.
  expect(await page.$eval('link[rel=icon]', link => (link as HTMLLinkElement).href)).toBe('data:,');
  await browser.settle();
});
