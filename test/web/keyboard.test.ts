import { expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { phone } from './browser.ts';
import { faults } from './inspect.ts';
import { gone, press, reads, see, until } from './look.ts';
import { openWeb } from './web.ts';

const web = openWeb();

/** What has the focus, in a word, and whether it can be seen to have it. */
const focus = (page: Page) =>
  page.evaluate(() => {
    const part = document.activeElement;
    if (!part || part === document.body) return { name: 'body', visible: true };
    const ringed =
      part.closest('.dh-composer') && part.matches('textarea') ? part.closest('.dh-composer') : part;
    const style = getComputedStyle(ringed ?? part);
    const name =
      part.getAttribute('data-testid') ?? part.getAttribute('aria-label') ?? part.textContent ?? '';
    return { name, visible: style.outlineStyle !== 'none' || part.matches('textarea') };
  });

/** The names of everything that Tab reaches, until it begins anew. */
async function tabOrder(page: Page): Promise<string[]> {
  const names: string[] = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    const { name, visible } = await focus(page);
    if (name === 'body' || (names[0] === name && names.length > 1)) break;
    expect({ name, visible }).toEqual({ name, visible: true });
    names.push(name);
  }
  return names;
}

test('with the keyboard alone: ask, watch, open a command, answer, go to the diff and back', async () => {
  const { stack, page: open } = web();
  const { model } = stack;
  const input = { question: 'Go on?', choices: ['Yes #yes', 'No'] };
  model.script('keys', [{ calls: [bash('echo output'), write('A.md', 'a\n'), { tool: 'ask', input }] }]);
  model.script('yes', [done('Went on.')]);
  const page = await open();
  await see(page, 'new-session-text');
  await until(page, () => document.querySelector('select')?.value === 'sample', []);
  // The box has the focus from the start.
  await page.keyboard.type('First line');
  await page.keyboard.down('Shift');
  await page.keyboard.press('Enter');
  await page.keyboard.up('Shift');
  await page.keyboard.type('second line #keys');
  await page.keyboard.press('Enter');
  await see(page, 'choice');
  const prompt = await page.$eval('.dh-prompt-text', part => part.textContent);
  expect(prompt).toBe('First line\nsecond line #keys');

  await page.$eval('body', () => (document.activeElement as HTMLElement | null)?.blur());
  await page.evaluate(() => document.querySelector<HTMLElement>('.home-link')?.focus());
  const order = await tabOrder(page);
  const places = ['share', 'toggle-details', 'tool', 'show-diff', 'choice', 'composer-text'].map(name =>
    order.indexOf(name),
  );
  expect(places.every(place => place >= 0)).toBe(true);
  expect(places.toSorted((a, b) => a - b)).toEqual(places);

  await page.focus('[data-testid=tool]');
  await page.keyboard.press('Enter');
  await reads(page, '.dh-output-output', 'output');
  await page.focus('[data-testid=choice]');
  await page.keyboard.press('Space');
  await gone(page, 'choices');
  await reads(page, '.dh-message', 'Went on.');
  await page.focus('.dh-timeline [data-testid=show-diff]');
  await page.keyboard.press('Enter');
  await see(page, 'diff-file');
  await page.focus('.back');
  await page.keyboard.press('Enter');
  await see(page, 'timeline');
});

test('while an input method composes, Enter chooses a word and sends nothing', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('ime', [done('Ready.')]);
  const session = await stack.ask('Begin #ime');
  await session.finished();
  const page = await sessionPage(session.sessionId);
  const devtools = await page.createCDPSession();
  await (await see(page, 'composer-text')).focus();
  await devtools.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  await page.keyboard.press('Enter');
  await page.keyboard.type('go');
  const value = await page.$eval('[data-testid=composer-text]', box => (box as HTMLTextAreaElement).value);
  expect(value).toContain('にほん');
  expect(session.all('prompt.queued')).toHaveLength(1);
});

test.each([
  ['light', false, undefined],
  ['dark', true, undefined],
  ['dark on a phone', true, phone],
])('axe finds nothing on any page, %s', async (_, dark, viewport) => {
  const { stack, page: open } = web();
  const options = { dark, ...(viewport ? { viewport } : {}) };
  const hold = gate();
  stack.model.script('axe', [
    {
      say: '# Title\n\nWords with `code` and [a link](https://example.invalid).\n\n- [x] done',
      calls: [
        bash('printf "\\033[32mgreen\\033[0m\\n"; exit 1'),
        write('A.md', 'new\n'),
        bash('sed -i s/round/floor/ src/duration.js; rm README.md'),
      ],
    },
    done('Done.'),
  ]);
  stack.model.script('axe-held', [{ say: ['Held', hold.wait] }]);
  const home = await open('/', options);
  await see(home, 'new-session-text');
  expect(await faults(home)).toEqual([]);
  const session = await stack.ask('Everything #axe');
  await session.finished();
  const page = await open(`/sessions/${session.sessionId}`, options);
  await see(page, 'turn-end');
  for (const line of await page.$$('[data-testid=tool]')) await line.click();
  await stack.send(session.sessionId, 'Hold #axe-held');
  await reads(page, 'live-message', 'Held');
  await stack.send(session.sessionId, 'Wait');
  await see(page, 'queued-prompt');
  expect(await faults(page)).toEqual([]);
  if (viewport) {
    await press(page, 'toggle-details');
    await see(page, 'drawer');
    expect(await faults(page)).toEqual([]);
  }
  hold.open();
  const diff = await open(`/sessions/${session.sessionId}/diff`, options);
  await see(diff, 'diff-file');
  expect(await faults(diff)).toEqual([]);
});
