import { expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { snapshotOf } from '../support/turns.ts';
import { type PageOptions, phone } from './browser.ts';
import { faults, misfits } from './inspect.ts';
import { countOf, gone, press, reads, see, send, textsOf, until } from './look.ts';
import { openWeb } from './web.ts';

const web = openWeb();

/** A session of two turns, the first of which can be gone back to, and a page on it. */
async function twoTurns(options?: PageOptions) {
  const { stack, sessionPage } = web();
  stack.model.script('one', [{ calls: [write('one.txt', 'one\n')] }, done('First done.')]);
  stack.model.script('two', [{ calls: [write('two.txt', 'two\n')] }, done('Second done.')]);
  stack.model.script('look', [{ calls: [bash('ls *.txt')] }, done('Looked.')]);
  const session = await stack.ask('Begin #one');
  await session.finished();
  await snapshotOf(stack.client, session.sessionId, 1);
  await stack.send(session.sessionId, 'Go on #two');
  await session.finished(2);
  await snapshotOf(stack.client, session.sessionId, 2);
  return { session, page: await sessionPage(session.sessionId, options) };
}

const menus = '[data-testid=turn-menu]';
const openMenu = async (page: Page, nth: number) => (await page.$$(menus))[nth]?.click();

test('a rewind collapses what it undid, the agent goes on from there, and it can be undone again', async () => {
  const { page } = await twoTurns();
  await openMenu(page, 0);
  await press(page, 'rewind');
  await reads(page, 'confirm-rewind', 'Nothing is erased');
  await press(page, 'rewind-now');
  await reads(page, 'undone-line', '2 steps undone');
  await gone(page, 'confirm-rewind');
  await reads(page, '[data-kind=mark]', 'to an earlier turn');
  expect((await textsOf(page, '.dh-message')).join()).not.toContain('Second done.');
  await reads(page, 'details', 'one.txt');
  expect(await textsOf(page, '.side [data-testid=file], .side li')).not.toContain('two.txt');

  await press(page, 'undone-line');
  await reads(page, '.dh-undone .dh-message', 'Second done.');
  await send(page, 'Look #look');
  await reads(page, '.dh-items > [data-kind=message]', 'Looked.');
  expect(web().stack.model.askings('look').at(-1)?.messages.at(-1)?.text).toMatch(/^one\.txt\n\[exit code 0/);

  await reads(page, 'session-state', 'Idle');

  // Forward again: the turn that was undone is there to be gone back to.
  await page.locator('.dh-undone [data-testid=turn-menu]').click();
  await press(page, 'rewind');
  await press(page, 'rewind-now');
  await until(
    page,
    () =>
      [...document.querySelectorAll('.dh-items > [data-kind=message]')].at(-1)?.textContent ===
      'Second done.',
    [],
  );
  expect(await countOf(page, 'undone-line')).toBe(1);
  expect((await textsOf(page, '[data-kind=message]')).join()).not.toContain('Looked.');
});

test('a fork opens on its own page, which leads back; the source leads to it', async () => {
  const { page, session } = await twoTurns();
  await openMenu(page, 0);
  await press(page, 'fork');
  await reads(page, 'session-title', '(fork)');
  await reads(page, '[data-kind=mark]', 'Forked from another session');
  expect((await textsOf(page, '.dh-message')).join()).toBe('First done.');
  expect(new URL(page.url()).pathname).not.toContain(session.sessionId);
  await press(page, 'forked-from');
  await until(page, id => location.pathname.endsWith(id), [session.sessionId]);
  await reads(page, '[data-kind=mark]', 'Forked to a new session');
  await press(page, 'forked-to');
  await reads(page, 'session-title', '(fork)');
});

test('while a turn runs a rewind says what to do first', async () => {
  const { page } = await twoTurns();
  const hold = gate();
  web().stack.model.script('held', [{ say: ['Held', hold.wait] }]);
  await send(page, 'Hold #held');
  await reads(page, 'live-message', 'Held');
  await openMenu(page, 0);
  await press(page, 'rewind');
  await press(page, 'rewind-now');
  await reads(page, 'turn-problem', 'Stop it first, then rewind.');
  hold.open();
});

test('where the session stands there is nothing to rewind', async () => {
  const { page } = await twoTurns();
  await openMenu(page, 1);
  await see(page, 'fork');
  expect(await countOf(page, 'rewind')).toBe(0);
});

test('with the keyboard alone: open, think better of it, rewind', async () => {
  const { page } = await twoTurns();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
  await page.focus(menus);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('fork');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await see(page, 'rewind-now');
  expect(await focused()).toBe('rewind-now');
  await page.keyboard.press('Escape');
  await gone(page, 'rewind-now');
  expect(await focused()).toBe('turn-menu');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await see(page, 'rewind-now');
  await page.keyboard.press('Enter');
  await see(page, 'undone-line');
});

test.each([
  ['light', {}],
  ['dark on a phone', { dark: true, viewport: phone }],
] satisfies [string, PageOptions][])('axe finds nothing, and all of it fits, %s', async (_, options) => {
  const { page } = await twoTurns(options);
  await openMenu(page, 0);
  await see(page, 'fork');
  expect([...(await faults(page)), ...(await misfits(page))]).toEqual([]);
  await press(page, 'rewind');
  await see(page, 'rewind-now');
  expect([...(await faults(page)), ...(await misfits(page))]).toEqual([]);
  await press(page, 'rewind-now');
  await press(page, 'undone-line');
  await see(page, '.dh-undone .dh-message');
  await page.locator('.dh-undone [data-testid=turn-menu]').click();
  await press(page, 'fork');
  await see(page, 'forked-from');
  expect([...(await faults(page)), ...(await misfits(page))]).toEqual([]);
  await press(page, 'forked-from');
  await see(page, 'undone-line');
  await press(page, 'undone-line');
  await see(page, 'forked-to');
  expect([...(await faults(page)), ...(await misfits(page))]).toEqual([]);
});

test('a task is one line while its agent works and afterwards, and opens to all that it did', async () => {
  const { stack, sessionPage } = web();
  const hold = gate();
  stack.model.script('task', [
    { calls: [{ tool: 'delegate', input: { agent: 'explorer', goal: 'Where is it? #look-inside' } }] },
    done('It is there.'),
  ]);
  stack.model.script('look-inside', [
    { say: hold.wait, calls: [{ tool: 'list', input: { path: '.' } }] },
    done('In **README.md**.'),
  ]);
  const session = await stack.ask('Find it #task');
  const page = await sessionPage(session.sessionId);
  await reads(page, 'task-line', /Explorer.*Where is it\?.*works/);
  expect(await countOf(page, '[data-testid=task] [data-testid=tool]')).toBe(0);
  hold.open();
  await session.finished();
  await reads(page, 'task-line', /done.*2 steps/);
  // The call that gave it is this line; nothing of it stands in the timeline by itself.
  expect(await countOf(page, '[data-testid=tool]')).toBe(0);
  await press(page, 'task-line');
  await reads(page, '[data-testid=task] [data-testid=tool]', /List/);
  await reads(page, 'task-result', /In README\.md\./);
});
