import { expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { done, gate } from '../emulators/model/index.ts';
import { desktop, phone } from './browser.ts';
import { faults, misfits } from './inspect.ts';
import { countOf, gone, press, reads, see, textsOf, type, until } from './look.ts';
import { openWeb } from './web.ts';

// No sandbox is needed here.
const web = openWeb({ DOCKER_HOST: 'unix:///nowhere/docker.sock', DECKHAND_MODELS: 'scripted-2' });

const zoe = { provider: 'test', id: 'zoe', name: 'Zoe' };

async function worked(title: string, said = 'Done.', more = {}) {
  const { stack } = web();
  const marker = crypto.randomUUID().slice(0, 8);
  stack.model.script(marker, [done(said)]);
  const session = await stack.ask(`Please #${marker}`, { title, ...more });
  await session.finished();
  return session;
}
const rowsRead = (page: Page, wanted: readonly string[]) =>
  until(
    page,
    (...titles: string[]) =>
      [...document.querySelectorAll('[data-testid=session-row] .row-title')]
        .map(part => part.getAttribute('title'))
        .join('|') === titles.join('|'),
    [...wanted],
  );
const search = (page: Page, text: string) => page.locator('[data-testid=search]').fill(text);
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.tagName);
async function chord(page: Page, key: string): Promise<void> {
  await page.keyboard.down('Control');
  await page.keyboard.press(key as 'k');
  await page.keyboard.up('Control');
}

test('the list is searched by words of prompts and answers, narrowed by tabs, and tidied up in place', async () => {
  const { stack, page: open } = web();
  await worked('Totals of Zoe', 'It was the narwhal constant.', { onBehalfOf: zoe });
  const mine = await worked('Totals of mine');
  const page = await open();
  await rowsRead(page, ['Totals of mine', 'Totals of Zoe']);
  await search(page, 'narwhal');
  await rowsRead(page, ['Totals of Zoe']);
  await reads(page, 'hit', /Answer.*narwhal constant/);
  expect(await textsOf(page, '.row-hit mark')).toEqual(['narwhal']);
  await page.locator('[data-testid=search]').click({ count: 3 });
  await page.keyboard.press('Backspace');
  await press(page, 'tab-mine');
  await rowsRead(page, ['Totals of mine']);
  await page.reload();
  await rowsRead(page, ['Totals of mine']);

  await press(page, 'row-menu');
  await press(page, 'rename');
  await see(page, 'row-title-field');
  await page.keyboard.type('Renamed in place');
  await page.keyboard.press('Enter');
  await rowsRead(page, ['Renamed in place']);
  await press(page, 'row-menu');
  await press(page, 'pin');
  await see(page, 'pinned-list');
  await gone(page, 'row-actions');
  expect(await faults(page)).toEqual([]);

  await press(page, 'tab-team');
  await rowsRead(page, ['Renamed in place', 'Totals of Zoe']);
  await press(page, 'choose-several');
  for (const box of await page.$$('[data-testid=choose]')) await box.click();
  await press(page, 'bulk-archive');
  await reads(page, 'bulk-archive', 'Archive 2 sessions for good');
  await press(page, 'bulk-archive');
  await gone(page, 'bulk');
  await reads(page, '.list', 'No sessions yet.');
  await press(page, 'tab-archived');
  await rowsRead(page, ['Renamed in place', 'Totals of Zoe']);
  await press(page, 'tab-team');
  expect(await stack.client.http['session.get']({ sessionId: mine.sessionId })).toMatchObject({
    session: { state: 'archived', title: 'Renamed in place' },
  });
});

test('what is new in one’s sessions is marked until it was looked at, on every device', async () => {
  const { sessionPage, page: open } = web();
  const session = await worked('Unread until looked at');
  const [home, other] = [await open(), await open('/', { viewport: phone })];
  const mark = '.row-unread [title="Unread until looked at"]';
  for (const page of [home, other]) await see(page, mark);
  expect(await misfits(other)).toEqual([]);
  const page = await sessionPage(session.sessionId);
  await reads(page, 'turn-end', 'Done');
  for (const list of [home, other]) await gone(list, mark);
  await home.reload();
  await see(home, '[title="Unread until looked at"]');
  expect(await countOf(home, mark)).toBe(0);
});

test('the list stays beside the sessions that are opened from it, and stays closed where it was closed', async () => {
  const { sessionPage } = web();
  const first = await worked('Beside the first');
  await worked('Beside the second');
  const page = await sessionPage(first.sessionId, { viewport: { ...desktop, width: 1400 } });
  await see(page, '[aria-current=page]');
  await search(page, 'Beside');
  await rowsRead(page, ['Beside the second', 'Beside the first']);
  expect(await faults(page)).toEqual([]);
  await page.evaluate(() =>
    Object.assign(document.querySelector('[data-testid=search]') ?? {}, { same: true }),
  );
  await press(page, 'session-row');
  await reads(page, 'session-title', 'Beside the second');
  await reads(page, '[aria-current=page]', 'Beside the second');
  expect(await page.$eval('[data-testid=search]', part => (part as { same?: boolean }).same)).toBe(true);
  // To the next by the keys, once no box has the focus.
  await see(page, 'timeline');
  await page.keyboard.press('Escape');
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await reads(page, 'session-title', 'Beside the first');

  await press(page, 'toggle-side-list');
  await gone(page, 'search');
  await page.reload();
  await see(page, 'timeline');
  expect(await countOf(page, 'search')).toBe(0);
  await press(page, 'toggle-side-list');
  await see(page, 'search');
  await page.setViewport(phone);
  await gone(page, 'toggle-side-list');
});

test('the palette goes to sessions and pages, acts, and gives the focus back; single keys are not stolen from who writes', async () => {
  const { stack, sessionPage } = web();
  const hold = gate();
  stack.model.script('held', [{ say: ['Held', hold.wait] }]);
  const target = await worked('The okapi session');
  const session = await stack.ask('Hold #held', { title: 'The held one' });
  const page = await sessionPage(session.sessionId);
  await reads(page, 'live-message', 'Held');
  await type(page, 'composer-text', 'jk?/s');
  const draft = () => page.$eval('[data-testid=composer-text]', box => (box as HTMLTextAreaElement).value);
  expect([await draft(), await countOf(page, 'dialog')]).toEqual(['jk?/s', 0]);

  await chord(page, 'k');
  await see(page, 'palette');
  await reads(page, 'palette-option', 'Stop the turn that runs');
  expect(await focused(page)).toBe('palette-search');
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await gone(page, 'palette');
  expect(await focused(page)).toBe('composer-text');

  // Out of the box; then the keys are the page's.
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await see(page, 'key-help');
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await gone(page, 'key-help');
  await page.keyboard.press('/');
  expect(await focused(page)).toBe('search');
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());

  await page.keyboard.press('s');
  await see(page, 'question-dialog');
  expect(session.all('turn.finished')).toHaveLength(0);
  await page.keyboard.press('Enter');
  expect((await session.finished()).data.outcome).toBe('stopped');
  hold.open();

  await chord(page, 'k');
  await type(page, 'palette-search', 'okapi');
  await until(
    page,
    () => document.querySelector('[data-testid=palette-option]')?.textContent?.includes('okapi') ?? false,
    [],
  );
  await page.keyboard.press('Enter');
  await until(page, (id: string) => location.pathname.endsWith(id), [target.sessionId]);
  await chord(page, 'k');
  await type(page, 'palette-search', 'rename this');
  await reads(page, 'palette-option', 'Rename this session');
  await page.keyboard.press('Enter');
  await see(page, 'session-title-field');
  expect(await focused(page)).toBe('session-title-field');
});

test('a file, an agent and a command are completed in the box, by the keyboard; the draft stays through a reload', async () => {
  const { stack, sessionPage } = web();
  const session = await worked('Complete it');
  const page = await sessionPage(session.sessionId);
  const text = () => page.$eval('[data-testid=composer-text]', box => (box as HTMLTextAreaElement).value);
  const reading = (wanted: string) =>
    until(
      page,
      (value: string) => document.querySelector<HTMLTextAreaElement>('.dh-composer-text')?.value === value,
      [wanted],
    );
  await type(page, 'composer-text', 'Look at @durat');
  await reads(page, 'suggestion', 'src/duration.js');
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await reading('Look at @src/duration.js ');
  await gone(page, 'suggestion');
  await page.reload();
  await see(page, 'composer-text');
  expect(await text()).toBe('Look at @src/duration.js ');
  expect(session.all('prompt.queued')).toHaveLength(1);

  await page.locator('[data-testid=composer-text]').click({ count: 3 });
  await page.keyboard.press('Backspace');
  await page.keyboard.type('/pl');
  await reads(page, 'suggestion', '/plan');
  await page.keyboard.press('Tab');
  await reading('');
  await see(page, '[data-testid=plan-toggle][aria-pressed=true]');
  await page.keyboard.type('/model scripted-2');
  await reads(page, 'suggestion', '/model scripted-2');
  await until(page, () => document.querySelectorAll('[data-testid=suggestion]').length === 1, []);
  await page.keyboard.press('Enter');
  await reading('');
  expect(await page.$eval('[data-testid=model]', part => (part as HTMLSelectElement).value)).toBe(
    'scripted-2',
  );
  await page.keyboard.type('/agent');
  await reads(page, 'suggestion', '/agent');
  await page.keyboard.press('Enter');
  await reads(page, 'suggestion', '@reviewer');
  await page.keyboard.type('rev');
  await until(
    page,
    () => document.querySelector('[data-testid=suggestion]')?.textContent?.startsWith('@reviewer') ?? false,
    [],
  );
  await page.keyboard.press('Enter');
  await reading('@reviewer ');
  // Closed with Escape, which leaves the box where it is; Enter sends then.
  await page.keyboard.type('@READ');
  await see(page, 'suggestion');
  await page.keyboard.press('Escape');
  await gone(page, 'suggestion');
  expect(await focused(page)).toBe('composer-text');
  const paths = await stack.client.http['path.list']({ repo: 'sample', q: 'readme' });
  expect(paths).toMatchObject({ ok: true, paths: ['README.md'], cut: false });
});

test('a page that is not there, and a link that was used, are pages of Deckhand', async () => {
  const { stack, browser, page: open } = web();
  for (const viewport of [desktop, phone]) {
    const lost = await open('/nowhere', { viewport });
    await reads(lost, 'not-found', 'There is no such page.');
    // In one piece: nothing is torn apart over the height of the page.
    const gaps = await lost.$$eval('.message > *', parts =>
      parts
        .slice(1)
        .map((part, n) => part.getBoundingClientRect().top - (parts[n]?.getBoundingClientRect().bottom ?? 0)),
    );
    expect(Math.max(...gaps)).toBeLessThan(20);
    expect(await faults(lost)).toEqual([]);
    const used = await browser.open(`${stack.server.url}/sign-in?token=used`, { viewport, expected: /401/ });
    await reads(used, 'main h1', 'This link was used');
    await see(used, 'main svg');
    expect(await faults(used)).toEqual([]);
  }
});
