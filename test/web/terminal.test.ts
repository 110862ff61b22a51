import { expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { done, write } from '../emulators/model/index.ts';
import { phone } from './browser.ts';
import { gone, press, pressNamed, reads, see } from './look.ts';
import { openWeb } from './web.ts';

const web = openWeb();

/** Where pictures are kept for whoever wants to look at them. */
const pictures = process.env.DECKHAND_TEST_PICTURES;
const picture = async (page: Page, name: string) => {
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` as const });
};

async function openTerminal(page: Page): Promise<void> {
  await press(page, 'toggle-terminal');
  await see(page, '[data-testid=terminal][data-state=open]');
}

const rows = '.xterm-rows';
const shows = (page: Page, text: string | RegExp) => reads(page, rows, text);
const enter = async (page: Page, text: string) => {
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
};

test('a terminal at a desk and on a phone: shared, followed through a reload, sized by whoever types', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('begin', [{ calls: [write('begun.txt', 'By the agent\n')] }, done()]);
  const session = await stack.ask('Begin #begin');
  await session.finished();
  const desk = await sessionPage(session.sessionId);
  await openTerminal(desk);
  await shows(desk, 'work/repo');
  await enter(desk, 'cat begun.txt; stty size');
  await shows(desk, 'By the agent');
  await shows(desk, /\d+ 1[0-9]{2}/);
  await enter(
    desk,
    `printf '\\033[31mred\\033[0m \\033[1;32mbold green\\033[0m\\n'; git log --oneline | head -3`,
  );
  await picture(desk, 'terminal-desk');

  const small = await sessionPage(session.sessionId, { viewport: phone });
  await openTerminal(small);
  await shows(small, 'By the agent');
  const width = await small.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBe(390);
  await picture(small, 'terminal-phone-looks');
  await small.tap('[data-testid=terminal-screen]');
  await enter(small, 'echo from-the-phone; stty size');
  await shows(desk, 'from-the-phone');
  await reads(desk, 'terminal-line', /Shared with everybody|typing/);
  await shows(small, /phone\d+ [345]\d/);
  await picture(small, 'terminal-phone');
  await pressNamed(small, 'Up', 'terminal');
  await shows(small, /echo from-the-phone; stty size.*echo from-the-phone/s);
  await pressNamed(small, 'Ctrl C', 'terminal');

  await desk.reload();
  await openTerminal(desk);
  await shows(desk, 'from-the-phone');
  // By the keyboard alone.
  await desk.keyboard.press('F6');
  await desk.keyboard.press('Enter');
  await gone(desk, 'terminal');
});

test('hostile output sets no title, reaches no clipboard, types nothing, and opens no hidden link unasked', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('hostile', [done()]);
  const session = await stack.ask('Be hostile #hostile');
  await session.finished();
  const page = await sessionPage(session.sessionId);
  const title = await page.title();
  await page.evaluate(() => {
    const asked: string[] = [];
    Object.assign(window, { asked });
    Object.defineProperty(navigator, 'clipboard', {
      value: { writeText: async (text: string) => void asked.push(`copy ${text}`) },
    });
    window.open = (url => {
      asked.push(`open ${url}`);
      return null;
    }) as typeof window.open;
  });
  await openTerminal(page);
  await shows(page, 'work/repo');
  await enter(
    page,
    `clear; printf '\\033]0;Evil\\007\\033]2;Evil\\007\\033]52;c;ZXZpbA==\\007\\033[c\\033[6n\\033[21t\\007\\007'; printf '\\033]8;;javascript:alert(1)\\007bad-link\\033]8;;\\007 \\033]8;;https://example.invalid/hidden\\007good-link\\033]8;;\\007\\n'; echo shown`,
  );
  await shows(page, 'bad-link good-link');
  const click = async (word: string) => {
    const place = await page.$eval(rows, placeOf, word);
    if (!place) throw new Error(`${word} is not to be seen`);
    await page.mouse.move(place.x, place.y);
    await page.mouse.move(place.x + 1, place.y);
    await page.mouse.click(place.x + 1, place.y);
  };
  await click('bad-link');
  await click('good-link');
  await reads(page, 'terminal-link', 'https://example.invalid/hidden');
  await picture(page, 'terminal-link');
  expect(await page.evaluate(() => (window as unknown as { asked: string[] }).asked)).toEqual([]);
  await pressNamed(page, 'Open', 'terminal-link');
  expect(await page.evaluate(() => (window as unknown as { asked: string[] }).asked)).toEqual([
    'open https://example.invalid/hidden',
  ]);
  expect(await page.title()).toBe(title);
  // What asked for an answer got one, once, as in any terminal: the shell has it as typed.
  await page.keyboard.down('Control');
  await page.keyboard.press('c');
  await page.keyboard.up('Control');
  // An interrupt takes along what is typed before the shell asks again.
  await shows(page, /\^C\s*deckhand@sandbox:\S*\$\s*$/);
  await enter(page, 'exit');
  await see(page, '[data-testid=terminal][data-state=ended]');
  await reads(page, 'terminal-line', 'The shell ended');
  await picture(page, 'terminal-ended');
  await press(page, 'terminal-again');
  await see(page, '[data-testid=terminal][data-state=open]');
});

/** The middle of a word on the screen. */
function placeOf(screen: Element, word: string): { x: number; y: number } | null {
  const texts = document.createTreeWalker(screen, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const at = (node.textContent ?? '').indexOf(word);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + word.length);
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x: x + width / 2, y: y + height / 2 };
  }
  return null;
}
