import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { done, type Message, type Step } from '../emulators/model/index.ts';
import { built, imageOf } from '../support/estate.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { press, reads, see, type } from '../web/look.ts';
import { type InternalApp, internalApp } from './internalApp.ts';
import { openPanelStack, type PanelStack } from './panelStack.ts';

let app: InternalApp;
let repo: TestRepo;
let live: { url: string; child: ChildProcess; dir: string };
let opened: PanelStack;
let tab: Page;
let panel: Page;

/** The app as it runs for its people: the newest commit, on a port of this machine. */
async function deploy(url: string): Promise<typeof live> {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-live-'));
  execFileSync('git', ['clone', '-q', url, dir]);
  const child = spawn(process.execPath, ['server.mjs'], {
    cwd: dir,
    env: { PATH: process.env.PATH, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${/\d+/.exec(String(line))?.[0]}`, child, dir };
}

beforeAll(async () => {
  app = await internalApp();
  repo = await createRepo('orders', app.files);
  live = await deploy(repo.url);
  opened = await openPanelStack({
    DECKHAND_REPOS: repo.reposFile,
    DECKHAND_IMAGE_EVERY_MS: '3600000',
  });
  await imageOf(opened.stack.client, 'orders', built);
  tab = await opened.chrome.open(`${live.url}/orders/4711`);
  panel = await opened.chrome.openPanel(tab);
  await opened.signIn(panel);
  await tab.bringToFront();
});
afterAll(async () => {
  await opened?.dispose();
  live?.child.kill();
  if (live) await rm(live.dir, { recursive: true, force: true });
  await repo?.remove();
});

/** A model that knows only what it is sent: which file to open, and what stands there, it takes from the capture. */
function fromCapture({ answers, messages }: { answers: number; messages: Message[] }): Step {
  const prompt = messages.findLast(({ role }) => role === 'user')?.text ?? '';
  const file = /drawn by \(nearest first\):\n\s+<\w+> ([^\s:,]+)/.exec(prompt)?.[1] ?? 'not-said';
  const before = /picked element: #\d+ button "([^"]+)"/.exec(prompt)?.[1] ?? 'not-said';
  const after = /It must say “([^”]+)”/.exec(prompt)?.[1] ?? 'not-said';
  const steps: Step[] = [
    { say: `I look at ${file}.`, calls: [{ tool: 'read', input: { path: file } }] },
    { calls: [{ tool: 'edit', input: { path: file, old: before, new: after } }] },
    done(`It says ${after} now.`),
  ];
  return steps[answers] ?? done();
}

test('a person points at a button, says what is wrong, sees it changed beside what it was, and so does everybody', async () => {
  const { stack, chrome } = opened;
  stack.model.script('story', fromCapture);
  await press(panel, 'pick-button');
  await tab.waitForSelector('deckhand-picker');
  const box = await (await tab.waitForSelector('button.primary'))?.boundingBox();
  await tab.mouse.click((box?.x ?? 0) + 20, (box?.y ?? 0) + 10);
  await reads(panel, 'pick-name', app.component);
  await reads(panel, 'pick-facts', `${app.file}:`);
  await see(panel, 'pick-send-shot');
  await type(panel, 'panel-new-text', 'It must say “Send the order” #story');
  await panel.keyboard.press('Enter');

  // The agent finds the file from the capture alone.
  await reads(panel, 'timeline', `I look at ${app.file}.`);
  await reads(panel, 'timeline', 'It says Send the order now.');
  await see(panel, 'change-card');
  await reads(panel, 'session-state', 'Idle');
  const sessionId = await panel.evaluate(() => sessionStorage.getItem('deckhand.session') ?? '');
  const diff = await stack.client.http['session.diff']({ sessionId });
  expect(diff.ok && diff.diff).toContain(`+++ b/${app.file}`);
  expect(diff.ok && diff.diff).toContain('+    "Send the order",');

  // A panel that was closed meanwhile still knows what it is to be compared with.
  await panel.reload();
  await see(panel, 'session');
  // The preview lies over the page, of the same route; before and after stand side by side.
  await tab.bringToFront();
  await press(panel, 'see-change');
  await see(panel, '[data-testid=changed] [data-testid=before-after]');
  const frames = tab.frames().filter(frame => /\.localhost:/.test(frame.url()));
  expect(frames.map(frame => new URL(frame.url()).pathname)).toEqual(['/orders/4711']);
  expect(await frames[0]?.evaluate(() => document.querySelector('button')?.textContent)).toBe(
    'Send the order',
  );
  const pictures = await panel.$$eval('[data-testid=changed] img', async images =>
    Promise.all(
      images.map(async image => (await (await fetch((image as HTMLImageElement).src)).blob()).size),
    ),
  );
  expect(pictures).toHaveLength(2);
  expect(pictures[0]).not.toBe(pictures[1]);

  // On the change, here and on the web page, where the same session is open.
  await see(panel, '[data-testid=change-card] [data-testid=artifact-picture]');
  const page = await chrome.browser.newPage();
  await page.goto(`${stack.server.url}/sessions/${sessionId}`, { waitUntil: 'domcontentloaded' });
  await reads(page, 'timeline', 'It says Send the order now.');
  await page.waitForFunction(
    () =>
      [...document.querySelectorAll<HTMLImageElement>('[data-testid=change-card] img')].filter(
        image => image.complete && image.naturalWidth > 20,
      ).length === 2,
  );
  await page.close();

  // The page goes back to what it is; the answer goes back with the element still attached.
  await tab.bringToFront();
  stack.model.script('thanks', [done('Good.')]);
  await type(panel, 'verdict-words', 'Thank you #thanks');
  await press(panel, 'verdict-wanted');
  await reads(panel, 'timeline', 'Good.');
  await tab.waitForSelector('deckhand-preview', { hidden: true });
  const last = stack.model.askings('thanks')[0]?.messages.at(-1)?.text ?? '';
  expect(last).toContain('This is what I meant.');
  expect(last).toContain(app.file);
  expect(await tab.$eval('button.primary', button => button.textContent)).toBe(app.label);
});
