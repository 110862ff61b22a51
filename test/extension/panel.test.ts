import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { done, gate, todo } from '../emulators/model/index.ts';
import { watch } from '../support/watch.ts';
import { countOf, gone, press, reads, see, type } from '../web/look.ts';
import { bundle } from './bundle.ts';
import { breakOnce, openPanelStack, type PanelStack, pickOn } from './panelStack.ts';
import { htmlOf, openSite, type Site } from './site.ts';

let opened: PanelStack;
let site: Site;
let tab: Page;
let panel: Page;
beforeAll(async () => {
  site = await openSite();
  site.put('/app.js', {
    type: 'text/javascript',
    body: await bundle({ version: 19, mode: 'production', entry: 'start19' }),
  });
  site.put('/orders', { body: htmlOf('<div id="root"></div><script src="/app.js"></script>') });
  opened = await openPanelStack();
  tab = await opened.chrome.open(`${site.url}/orders`);
  panel = await opened.chrome.openPanel(tab);
});
afterAll(async () => {
  await opened?.dispose();
  await site?.close();
});

const pick = (selector: string) => pickOn(panel, tab, selector);

test('a person signs in through the server’s page, and nobody types a password', async () => {
  expect(await countOf(panel, 'home')).toBe(0);
  await opened.signIn(panel);
  await see(panel, 'sign-out');
  const kept = await panel.evaluate(async () => ({
    local: JSON.stringify(await chrome.storage.local.get()) + JSON.stringify(localStorage),
    session: Object.keys(await chrome.storage.session.get()),
  }));
  expect(kept.session).toEqual(['tokens']);
  expect(kept.local).not.toMatch(/Token/);
});

test('errors of the panel are reported to nobody, unless an administrator wants it', async () => {
  await breakOnce(panel);
  const metrics = await (await fetch(`${opened.stack.server.url}/metrics`)).text();
  expect(metrics).toContain('deckhand_sidebar_errors_total 0');
});

test('what is picked goes with the prompt, and the session runs in the panel', async () => {
  const { stack } = opened;
  const wait = gate();
  stack.model.script('save', [{ say: ['I see ', 'the button', wait.wait, '.'] }]);
  await pick('button.primary');
  await reads(panel, 'pick-name', /button "Save order" \(SaveButton\)/);
  await reads(panel, 'pick-facts', /src\/orders\/SaveButton\.tsx:14/);
  await type(panel, 'panel-new-text', 'It must say Buy #save');
  await panel.keyboard.press('Enter');
  await reads(panel, 'live-message', 'I see the button');
  const asked = await stack.model.asked('save');
  const words = asked.messages.filter(({ role }) => role === 'user').map(({ text }) => text);
  expect(words.join('\n')).toContain('<SaveButton> src/orders/SaveButton.tsx:14:5');
  expect(words.join('\n')).toMatch(/a part of a web page that the person points at[\s\S]*<attachment>/);
  expect(asked.messages.flatMap(({ files }) => files)).toEqual([]);
  wait.open();
  await reads(panel, 'session-state', 'Idle');
  expect(await countOf(panel, 'pick')).toBe(0);
});

test('struck lines and pictures that nobody chose stay here', async () => {
  const { stack } = opened;
  stack.model.script('strike', [done('Read.')]);
  await pick('h1');
  await press(panel, 'pick-review');
  const line = await panel.waitForSelector('.pick-text::-p-text(drawn by)');
  await line?.click();
  await reads(panel, 'pick-facts', '1 struck out');
  await type(panel, 'composer-text', 'Larger #strike');
  await panel.keyboard.press('Enter');
  await reads(panel, 'timeline', 'Read.');
  const [asked] = stack.model.askings('strike');
  const sent = asked?.messages.at(-1);
  expect(sent?.text).toContain('h1 heading "Orders"');
  expect(sent?.text).not.toContain('drawn by');
  expect(sent?.files).toEqual([]);
});

test('a picture of the element is sent when the person says so', async () => {
  const { stack } = opened;
  stack.model.script('shot', [done('Seen.')]);
  await pick('button.primary');
  await press(panel, 'pick-send-shot');
  await see(panel, 'pick-picture');
  await type(panel, 'composer-text', 'Look #shot');
  await panel.keyboard.press('Enter');
  await reads(panel, 'timeline', 'Seen.');
  const files = stack.model.askings('shot')[0]?.messages.at(-1)?.files ?? [];
  expect(files.map(({ kind }) => kind)).toEqual(['image']);
  const size = pngSize(files[0]?.url ?? '');
  const box = await (await tab.$('button.primary'))?.boundingBox();
  const scale = await tab.evaluate(() => devicePixelRatio);
  expect(Math.abs(size.width - ((box?.width ?? 0) + 16) * scale)).toBeLessThanOrEqual(2);
  expect(Math.abs(size.height - ((box?.height ?? 0) + 16) * scale)).toBeLessThanOrEqual(2);
});

test('the service worker may sleep: what runs is followed all the same', async () => {
  const { stack, chrome } = opened;
  const wait = gate();
  stack.model.script('sleep', [{ say: ['Still ', wait.wait, 'here.'] }]);
  await type(panel, 'composer-text', 'Go on #sleep');
  await panel.keyboard.press('Enter');
  await reads(panel, 'live-message', /^Still/);
  const worker = chrome.browser.targets().find(target => target.type() === 'service_worker');
  await (await worker?.worker())?.close();
  wait.open();
  await reads(panel, 'timeline', 'Still here.');
});

test('the panel shows the todo list and sends a prompt to the running turn', async () => {
  const { stack } = opened;
  const wait = gate();
  const read = gate();
  stack.model.script('steer', [
    { calls: [todo(['Look', 'done'], ['Mend', 'in_progress'])] },
    { say: ['Busy', wait.wait], calls: [todo(['Look', 'done'], ['Mend', 'done'])] },
    { say: ['Read it', read.wait, '.'] },
  ]);
  await type(panel, 'composer-text', 'Work #steer');
  await panel.keyboard.press('Enter');
  await reads(panel, 'todo', '1 of 2 doneMend');
  await type(panel, 'composer-text', 'Use tabs');
  await press(panel, 'composer-now');
  await reads(panel, 'queued-prompt', /Sent now.*Use tabs/);
  wait.open();
  await reads(panel, 'live-message', 'Read it');
  await reads(panel, '[data-kind=prompt]', /Sent now.*Use tabs/);
  read.open();
  await gone(panel, 'todo');
});

test('the panel asks for a plan and approves it', async () => {
  const { stack } = opened;
  stack.model.script('plan', [done('1. Mend it #carried')]);
  stack.model.script('carried', [done('Carried out.')]);
  await press(panel, 'plan-toggle');
  await type(panel, 'composer-text', 'Mend it #plan');
  await panel.keyboard.press('Enter');
  await press(panel, 'approve');
  await reads(panel, 'timeline', /Plan approved by .*Carried out\./s);
});

test('a server that restarts is found again, and nothing is missed', async () => {
  const { stack } = opened;
  const sessionId = await panel.evaluate(() => sessionStorage.getItem('deckhand.session') ?? '');
  await stack.server.stop();
  await panel.waitForSelector('[data-testid=connection][data-status=offline]');
  stack.model.script('again', [done('Back again.')]);
  await type(panel, 'composer-text', 'Are you there? #again');
  await panel.keyboard.press('Enter');
  await see(panel, 'unsent-prompt');
  await stack.server.restart();
  await reads(panel, 'timeline', 'Back again.');
  const follow = watch(stack.server.client(), sessionId);
  await follow.finished(8);
  expect(follow.all('prompt.queued').filter(({ data }) => data.text.includes('#again'))).toHaveLength(1);
  follow.leave();
});

test('who is signed out in mid-session is told, and signs in again', async () => {
  await press(panel, 'sign-out');
  await see(panel, 'sign-in-button');
  await gone(panel, 'session');
  expect(await panel.evaluate(async () => Object.keys(await chrome.storage.session.get()))).toEqual([]);
});

/** Of a data URL: PNG says its size behind its first chunk's name. */
function pngSize(url: string): { width: number; height: number } {
  const bytes = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}
