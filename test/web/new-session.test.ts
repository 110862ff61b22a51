import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits } from '@deckhand/shared';
import { afterAll, expect, test } from '@jest/globals';
import type { ElementHandle, Page } from 'puppeteer';
import { bash, done, gate } from '../emulators/model/index.ts';
import { sandboxContainers } from '../support/engine.ts';
import { patienceMs } from '../support/patience.ts';
import { type PageOptions, phone } from './browser.ts';
import { countOf, gone, press, pressNamed, reads, see, type, until } from './look.ts';
import { openWeb } from './web.ts';

const policyFolder = mkdtempSync(join(tmpdir(), 'deckhand-web-'));
const policy = join(policyFolder, 'policy.yaml');
writeFileSync(
  policy,
  "rules: [{scopes: shell:write, match: '*page-ask*', do: ask, why: What is deleted is looked at first.}]\n",
);
afterAll(() => rmSync(policyFolder, { recursive: true, force: true }));
const web = openWeb({ DECKHAND_MODELS: 'scripted-2', DECKHAND_POLICY: policy });

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

test('a model is chosen for a session, and another for one prompt of it', async () => {
  const { stack } = web();
  for (const name of ['mine', 'once', 'then']) stack.model.script(name, [done(`Said ${name}.`)]);
  const page = await home();
  await (await see(page, 'new-session-model')).select('scripted-2');
  await type(page, 'new-session-text', 'Say it #mine');
  await page.keyboard.press('Enter');
  await opened(page);
  await reads(page, 'timeline', 'Said mine.');
  await (await see(page, 'model')).select('scripted-1');
  await type(page, 'composer-text', 'Say it #once');
  await page.keyboard.press('Enter');
  await reads(page, 'timeline', 'Said once.');
  await type(page, 'composer-text', 'Say it #then');
  await page.keyboard.press('Enter');
  await reads(page, 'timeline', 'Said then.');
  const models = ['mine', 'once', 'then'].flatMap(name => stack.model.askings(name)[0]?.model ?? '?');
  expect(models).toEqual(['scripted-2', 'scripted-1', 'scripted-2']);
});

test('the first load is under 200 KiB as it is sent, and a browser keeps it', async () => {
  const { url } = web().stack.server;
  const index = await (await fetch(`${url}/`)).text();
  const paths = [...index.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
  expect(paths.length).toBeGreaterThan(1);
  let bytes = 0;
  for (const path of paths) {
    const answer = await fetch(`${url}${path}`, { headers: { 'accept-encoding': 'gzip, br' } });
    expect(answer.headers.get('content-encoding')).toBe('br');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    bytes += Number(answer.headers.get('content-length'));
    const plain = await fetch(`${url}${path}`, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await plain.text()).toBe(await answer.text());
  }
  expect(bytes).toBeLessThan(200 * 1024);
});

test('a plan is asked for, edited and approved on the page; a second browser sees who did', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('plan', [
    { calls: [{ tool: 'read', input: { path: 'README.md' } }] },
    done('## Goal\n\n1. Mend it'),
  ]);
  stack.model.script('carried', [done('Carried out.')]);
  const page = await home();
  await press(page, 'plan-toggle');
  expect(await (await see(page, 'plan-toggle')).evaluate(part => part.getAttribute('aria-pressed'))).toBe(
    'true',
  );
  await type(page, 'new-session-text', 'Mend it #plan');
  await page.keyboard.press('Enter');
  await opened(page);
  await reads(page, 'approval', 'This plan waits for approval');
  await reads(page, '[data-kind=prompt]', 'Plan only');
  const sessionId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  const other = await sessionPage(sessionId, { viewport: phone });
  await see(other, 'approve');
  await press(page, 'edit-plan');
  // The cursor stands behind the last word.
  await see(page, 'plan-text');
  await page.keyboard.type('\n2. Test it #carried');
  await press(page, 'approve');
  for (const shown of [page, other]) {
    await reads(shown, '.dh-line', /Plan approved by .*, edited/);
    await reads(shown, '[data-kind=prompt]', /Carry it out:\s+## Goal\s+1. Mend it\s+2. Test it/);
    await gone(shown, 'approval');
  }
  await reads(page, '.dh-message', 'Carried out.');
  // The next prompt is one as any other, unless it is said again.
  expect(await (await see(page, 'plan-toggle')).evaluate(part => part.getAttribute('aria-pressed'))).toBe(
    'false',
  );
  await press(page, 'plan-toggle');
  await type(page, 'composer-text', 'And another #plan');
  await page.keyboard.press('Enter');
  await press(other, 'refuse');
  await reads(page, '.dh-line', /Plan refused by/);
});

test('a command that must be approved is shown with why, risk and expiry, edited and approved on a phone; grants are said', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('page-approve', [
    { calls: [bash('rm -rf dist page-ask && git push --force origin main')] },
    { calls: [bash('touch page-ask-2')] },
    done('Both.'),
  ]);
  const session = await stack.ask('Do it #page-approve');
  const page = await sessionPage(session.sessionId);
  const small = await sessionPage(session.sessionId, { viewport: phone });
  await reads(page, 'approval', 'Approval wanted: bash');
  await reads(page, 'tool', 'waits for approval');
  await reads(page, 'approval-action', 'rm -rf dist page-ask && git push --force origin main');
  await reads(page, 'approval-risk', /High risk, \d+ of 100/);
  for (const part of [
    /What is deleted is looked at first/,
    /Pushes over what is there/,
    /in (7 h 59 min|8 h)/,
  ])
    await reads(page, 'approval', part);
  await see(small, 'approve-session');
  for (const [name, shown] of [
    ['desktop', page],
    ['phone', small],
  ] as const) {
    const folder = process.env.DECKHAND_PICTURES;
    if (folder) await shown.screenshot({ path: `${folder}/approval-${name}.png` });
    const wide = await shown.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect([name, wide]).toEqual([name, 0]);
  }
  await press(small, 'edit-action');
  await see(small, 'approval-text');
  await small.keyboard.down('Control');
  await small.keyboard.press('KeyA');
  await small.keyboard.up('Control');
  await small.keyboard.type('touch edited-on-a-phone');
  await press(small, 'approve');
  await reads(page, '.dh-line', /Approved by .*, edited: touch edited-on-a-phone/);
  await reads(page, 'approval-action', 'touch page-ask-2');
  await press(page, 'approve-session');
  await reads(page, '.dh-line', /shell:write touch page-ask-2: allowed for this session by/);
  await reads(page, '.dh-message', 'Both.');
  await gone(page, 'approval');
  // How risky a call was is there for whoever opens it.
  await press(page, 'tool');
  await reads(page, 'tool-risk', /High risk/);
});
