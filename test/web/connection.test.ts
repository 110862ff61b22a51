import { expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { bash, done, gate } from '../emulators/model/index.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { gone, press, reads, see, send, textsOf, until } from './look.ts';
import { openWeb } from './web.ts';

const web = openWeb();
/** What Chromium says of a server that is not there. */
const cut = { expected: /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|WebSocket connection|status of 50\d/ };

const live = (page: Page) => page.waitForSelector('[data-testid=connection][data-status=live]');
const seqsOf = (page: Page) =>
  page.$$eval('[data-testid=item]', items => items.map(item => Number(item.getAttribute('data-seq'))));
/** Resolves once the page shows the nth end of a turn. */
const ended = (page: Page, nth: number) =>
  until(page, n => document.querySelectorAll('[data-testid=turn-end]').length === n, [nth]);

test('offline the page says so and keeps what is sent; back online it has everything once', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('before', [done('Before.')]);
  stack.model.script('meanwhile', [
    { say: 'Working.', calls: [bash('echo one'), bash('echo two')] },
    done('Meanwhile.'),
  ]);
  stack.model.script('kept', [done('I read what was kept.')]);
  const session = await stack.ask('Begin #before');
  await session.finished();
  const page = await sessionPage(session.sessionId, cut);
  await live(page);

  await page.setOfflineMode(true);
  await reads(page, 'connection', 'Offline');
  await send(page, 'Written on a train #kept');
  await reads(page, 'unsent-prompt', 'Kept, sent when you are back');
  await stack.send(session.sessionId, 'While you are away #meanwhile');
  await session.finished(2);
  expect((await textsOf(page, '.dh-message')).join()).not.toContain('Meanwhile.');

  await page.setOfflineMode(false);
  await session.finished(3);
  await ended(page, 3);
  await live(page);
  await gone(page, 'unsent-prompt');
  await gone(page, '.dh-connection-text');
  const fresh = await sessionPage(session.sessionId);
  await ended(fresh, 3);
  const seqs = await seqsOf(page);
  expect(seqs).toEqual(await seqsOf(fresh));
  expect(new Set(seqs).size).toBe(seqs.length);
  expect(await textsOf(page, '.dh-prompt-text')).toEqual([
    'Begin #before',
    'While you are away #meanwhile',
    'Written on a train #kept',
  ]);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('a server killed in mid-word and started again: the page goes on by itself, also with what was sent meanwhile', async () => {
  const { stack, sessionPage } = web();
  const never = gate();
  stack.model.script('killed', [
    { faults: [{ fault: 'cut', say: ['Half of ', never.wait] }], say: 'Said again, and whole.' },
  ]);
  stack.model.script('after', [done('After the crash.')]);
  const session = await stack.ask('Speak #killed');
  const page = await sessionPage(session.sessionId, cut);
  await reads(page, 'live-message', 'Half of');
  await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));

  await stack.server.crash();
  await reads(page, 'connection', 'Offline');
  await send(page, 'Written while the server is down #after');
  await reads(page, 'unsent-prompt', 'Kept');
  await stack.server.restart();

  await ended(page, 2);
  await live(page);
  expect((await textsOf(page, '.dh-message')).filter(text => text !== '')).toEqual([
    'Said again, and whole.',
    'After the crash.',
  ]);
  expect(await textsOf(page, '.dh-prompt-text')).toEqual([
    'Speak #killed',
    'Written while the server is down #after',
  ]);
  expect(await page.evaluate(() => 'sameDocument' in globalThis)).toBe(true);
  await session.finished(2);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('a prompt that was kept outlives a reload of the page', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('start', [done('Ready.')]);
  stack.model.script('reload', [done('It came.')]);
  const session = await stack.ask('Begin #start');
  await session.finished();
  const page = await sessionPage(session.sessionId, cut);
  await live(page);
  await page.setOfflineMode(true);
  await reads(page, 'connection', 'Offline');
  await send(page, 'Do not lose this #reload');
  await reads(page, 'unsent-prompt', 'Do not lose this');
  await page.setOfflineMode(false);
  await page.reload();
  await ended(page, 2);
  await reads(page, '.dh-message', 'It came.');
  expect(session.all('prompt.queued')).toHaveLength(2);
});

test('words that are not sent yet stand in the box after a reload', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('box', [done('Ready.')]);
  const session = await stack.ask('Begin #box');
  const page = await sessionPage(session.sessionId);
  await (await see(page, 'composer-text')).focus();
  await page.keyboard.sendCharacter('half a thought');
  await page.reload();
  const box = await see(page, 'composer-text');
  expect(await box.evaluate(part => (part as HTMLTextAreaElement).value)).toBe('half a thought');
});

test('the home page says that the server is away, keeps its list, and comes back', async () => {
  const { stack, page: open } = web();
  const page = await open('/', cut);
  await see(page, 'session-row');
  await stack.server.crash();
  await see(page, '.list [role=alert]');
  expect((await textsOf(page, 'session-row')).length).toBeGreaterThan(0);
  await stack.server.restart();
  await gone(page, '.list [role=alert]');
});

test('a press on the title renames the session, for everybody', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('name', [done('Ready.')]);
  const session = await stack.ask('Begin #name');
  await session.finished();
  const [page, other] = [await sessionPage(session.sessionId), await sessionPage(session.sessionId)];
  await press(page, 'session-title');
  await see(page, 'session-title-field');
  await page.keyboard.type('Vouchers and shipping');
  await page.keyboard.press('Enter');
  await reads(page, 'session-title', 'Vouchers and shipping');
  await reads(other, 'session-title', 'Vouchers and shipping');
  await press(page, 'session-title');
  await see(page, 'session-title-field');
  await page.keyboard.type('not this');
  await page.keyboard.press('Escape');
  await reads(page, 'session-title', 'Vouchers and shipping');
  expect(session.all('session.titled')).toHaveLength(1);
});
