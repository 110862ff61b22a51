import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import type { ElementHandle, Page } from 'puppeteer';
import { bash, done, gate } from '../emulators/model/index.ts';
import { sandboxContainers } from '../support/engine.ts';
import { patienceMs } from '../support/patience.ts';
import type { PageOptions } from './browser.ts';
import { countOf, gone, press, pressNamed, reads, see, type, until } from './look.ts';
import { openWeb } from './web.ts';

const web = openWeb();

/** The home page, once it knows its repositories: before that a prompt can be written, but not sent. */
async function home(options?: PageOptions): Promise<Page> {
  const page = await web().page('/', options);
  await until(page, () => document.querySelector('select')?.value === 'sample', []);
  return page;
}
const opened = (page: Page) => until(page, () => location.pathname.startsWith('/sessions/'), []);

/** Asks again until the answer is there; the engine has no bell that a test could wait for. */
async function eventually<T>(ask: () => Promise<T | undefined>, what: string): Promise<T> {
  const endMs = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > endMs) throw new Error(`waited in vain for ${what}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

test('the first visit says what to do and offers prompts; choosing one writes it, to be changed or sent', async () => {
  const page = await home();
  await reads(page, 'first-words', 'what should change');
  expect(await countOf(page, 'example')).toBe(3);
  await press(page, 'example');
  await gone(page, 'example');
  const box = await see(page, 'new-session-text');
  expect(await box.evaluate(part => (part as HTMLTextAreaElement).value)).toBe('Fix the failing test');
  expect(await box.evaluate(part => part === document.activeElement)).toBe(true);
  expect(await countOf(page, 'session-row')).toBe(0);
  // Chosen words are as good as typed ones: a sandbox is being made for them.
  const label = await web().stack.server.deploymentId();
  await eventually(async () => (await sandboxContainers(label))[0], 'a warm sandbox');
});

test('typing warms a sandbox, and the session that follows works in that one', async () => {
  const { stack } = web();
  stack.model.script('warm', [{ calls: [bash('echo from the warm one')] }, done()]);
  const label = await stack.server.deploymentId();
  const before = await sandboxContainers(label);
  const page = await home();
  await type(page, 'new-session-text', 'Use it ');
  const warm = await eventually(
    async () => (await sandboxContainers(label)).find(id => !before.includes(id)),
    'a warm sandbox',
  );
  await page.keyboard.type('#warm');
  await page.keyboard.press('Enter');
  await opened(page);
  await reads(page, 'turn-end', 'Done');
  const after = await sandboxContainers(label);
  expect(after.filter(id => !before.includes(id))).toEqual([warm]);
  // What was sent is not there to be sent again.
  await page.goto(stack.server.url);
  const box = await see(page, 'new-session-text');
  expect(await box.evaluate(part => (part as HTMLTextAreaElement).value)).toBe('');
});

test('while the sandbox is made, the session says so', async () => {
  const { stack } = web();
  stack.model.script('prepare', [{ calls: [bash('true')] }, done()]);
  const page = await home();
  await page.evaluate(() => {
    const seen = new Set<string>();
    Object.assign(globalThis, { seenLines: seen });
    new MutationObserver(() => {
      for (const line of document.querySelectorAll<HTMLElement>('[data-kind="sandbox"]'))
        seen.add(line.textContent ?? '');
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  // Inserted at once, so that no warm-up is ahead of the session.
  await (await see(page, 'new-session-text')).focus();
  await page.keyboard.sendCharacter('Get ready #prepare');
  await page.keyboard.press('Enter');
  await reads(page, 'turn-end', 'Done');
  await reads(page, 'sandbox-state', 'Sandbox ready');
  const seen = await page.evaluate(() => [
    ...(globalThis as unknown as { seenLines: Set<string> }).seenLines,
  ]);
  expect(seen.some(line => line.startsWith('Warming a sandbox'))).toBe(true);
});

test('the list shows a session that somebody else starts, and how it stands, without a reload', async () => {
  const { stack } = web();
  const hold = gate();
  stack.model.script('listed', [{ say: ['Working', hold.wait, '.'] }]);
  const page = await home();
  await see(page, 'session-list');
  const session = await stack.ask('A session of somebody else #listed');
  await reads(page, 'session-row', 'A session of somebody else');
  await see(page, '.rows li:first-child .dot-running');
  hold.open();
  await session.finished();
  await see(page, '.rows li:first-child .dot-idle');
  await type(page, 'search', 'no such words');
  await reads(page, '.list', 'Nothing found');
  await page.locator('[data-testid=search]').fill('SOMEBODY');
  await until(page, () => document.querySelectorAll('[data-testid=session-row]').length === 1, []);
  await press(page, 'session-row');
  await reads(page, 'session-title', 'A session of somebody else');
});

test('a prompt that is too long is refused in words and stays in the box', async () => {
  const page = await home();
  await (await see(page, 'new-session-text')).focus();
  await page.keyboard.sendCharacter('x'.repeat(limits.promptChars + 1));
  await reads(page, '[role=alert]', 'at most 64,000 characters; this has 64,001');
  const send = await see(page, 'new-session-send');
  expect(await send.evaluate(button => (button as HTMLButtonElement).disabled)).toBe(true);
  await page.keyboard.press('Backspace');
  await gone(page, '[role=alert]');
  await page.keyboard.press('Enter');
  await opened(page);
  await until(
    page,
    () => (document.querySelector('.dh-prompt-text')?.textContent?.length ?? 0) === 64_000,
    [],
  );
});

test('a file of a kind that is not taken is named with the reason, and can be taken away', async () => {
  const page = await home({ expected: /status of 400/ });
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-web-'));
  await writeFile(join(dir, 'tool.exe'), Buffer.from([0x4d, 0x5a, 0x90, 0, 3, 0, 0, 0]));
  await writeFile(join(dir, 'notes.txt'), 'notes');
  const picker = await page.waitForSelector('input[type=file]');
  await (picker as ElementHandle<HTMLInputElement>).uploadFile(join(dir, 'tool.exe'), join(dir, 'notes.txt'));
  await reads(page, 'file', 'and not taken');
  await see(page, '.dh-file-ready');
  await pressNamed(page, 'Remove tool.exe');
  await until(page, () => document.querySelectorAll('[data-testid=file]').length === 1, []);
  await type(page, 'new-session-text', 'With notes');
  await page.keyboard.press('Enter');
  await opened(page);
  await reads(page, '[aria-label=Attachments]', 'notes.txt');
  await rm(dir, { recursive: true });
});
