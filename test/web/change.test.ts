import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { done, gate, write } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { person } from '../support/person.ts';
import { openBrowser, phone, type TestBrowser } from './browser.ts';
import { faults, misfits } from './inspect.ts';
import { gone, press, reads, see } from './look.ts';

let stack: GithubStack;
let browser: TestBrowser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([openGithubStack(['shop'], { DECKHAND_REPAIRS: '0' }), openBrowser()]);
  for (const login of ['ana', 'cleo'])
    stack.github.person(login, { name: login, orgs: ['acme'], access: { 'acme/shop': 'write' } });
});
afterEach(() => browser?.settle());
afterAll(async () => {
  await browser?.close();
  await stack?.dispose();
});

test('the card of a change says what it waits for, what reviewers and checks say, and who merged it', async () => {
  stack.model.script('card', [
    { calls: [write('card.txt', 'c\n')] },
    {
      calls: [{ tool: 'open_change', input: { title: 'Round up the minutes', body: 'They were cut off.' } }],
    },
    done('Rounded up.'),
  ]);
  const { id } = stack.github.person('ana');
  const session = await stack.ask('Do it #card', {
    repo: 'shop',
    onBehalfOf: { provider: 'github', id: String(id), name: 'ana' },
  });
  expect((await session.finished()).data.outcome).toBe('done');
  const page = await browser.signedIn(stack.server, `/sessions/${session.sessionId}`);
  await reads(page, 'change-waits', 'The pull request is opened when ana links GitHub');
  expect(await faults(page)).toEqual([]);
  await look(page, 'waits');

  stack.github.oauth.approveAs('ana');
  const hers = await browser.open(`${stack.server.url}/auth/github`, { expected: /status of 40[134]/ });
  await see(hers, 'home');
  await reads(page, 'change-card', 'Pull request #1');
  const branch = stack.github.pull(1).branch;
  const sha = stack.git('shop', 'rev-parse', branch);
  for (const [name, conclusion] of [
    ['lint', 'success'],
    ['unit tests', 'failure'],
  ] as const)
    await stack.github.check(sha, { branch, name, status: 'completed', conclusion });
  await stack.github.review(1, 'cleo', { state: 'APPROVED' });
  await reads(page, 'change-news', 'Approved by cleo');
  await reads(page, 'change-news', '1 check failed: unit tests');
  expect(await faults(page)).toEqual([]);
  await look(page, 'open');
  await page.setViewport(phone);
  expect(await misfits(page)).toEqual([]);
  await look(page, 'phone');
  await stack.github.merge(1, 'cleo');
  await reads(page, 'change-card', 'Merged');
  expect(await faults(page)).toEqual([]);
});

test('two people at one session see who has control, take it from each other, and hand it back with a note', async () => {
  const hold = gate();
  stack.model.script('together', [
    { calls: [write('together.txt', 'By the agent\n')] },
    { say: ['Almost', hold.wait, ' done.'] },
    done('Heard it.'),
  ]);
  const [ana, cleo] = [
    await person(stack.server, stack.github, 'ana'),
    await person(stack.server, stack.github, 'cleo'),
  ];
  const session = await ana.ask('Work #together', 'shop');
  await session.until(({ drafts }) => drafts.some(({ text }) => text === 'Almost'), 'words');
  const path = `/sessions/${session.sessionId}`;
  const hers = await browser.as(stack.server, ana.browser.cookies, path);
  const his = await browser.as(stack.server, cleo.browser.cookies, path);
  await press(hers, '[data-testid=take-control] button');
  await reads(hers, 'control-bar', 'You have control. The agent pauses');
  await reads(his, 'control-bar', 'ana has control. The agent pauses');
  hold.open();
  await reads(his, 'control-bar', 'ana has control. The agent is paused. Prompts wait.');
  await reads(his, 'session-state', 'ana has control');
  await press(hers, 'toggle-terminal');
  await see(hers, '[data-testid=terminal][data-state=open]');
  expect(await faults(hers)).toEqual([]);
  await look(hers, 'control-own');
  await look(his, 'control-other');
  await his.setViewport(phone);
  await reads(his, 'control-bar', 'ana has control.');
  expect(await misfits(his)).toEqual([]);
  await gone(his, 'thinking');
  await look(his, 'control-phone');
  await press(his, 'take-over');
  await reads(his, 'control-bar', 'You have control.');
  await reads(hers, 'control-bar', 'cleo has control.');
  await reads(hers, 'control-line', 'cleo has control');
  await reads(hers, 'timeline', 'cleo took control from ana');
  expect(await misfits(his)).toEqual([]);
  await look(his, 'control-phone-own');
  await his.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
  await look(his, 'control-phone-dark');
  await hers.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
  await look(hers, 'control-dark');
  await (await see(his, 'control-note')).type('Keep it short.');
  await press(his, 'hand-back');
  await Promise.all([gone(his, 'control-bar'), gone(hers, 'control-bar')]);
  await reads(hers, 'timeline', 'cleo handed back: nothing changed, with a note: Keep it short.');
  await reads(hers, 'timeline', 'Heard it.');
  expect((await session.finished()).data.outcome).toBe('done');
  session.leave();
  for (const each of [ana, cleo]) each.close();
});

/** For people to look at, where a folder is named. */
async function look(page: import('puppeteer').Page, name: string): Promise<void> {
  const folder = process.env.DECKHAND_PICTURES;
  if (folder) await page.screenshot({ path: `${folder}/change-${name}.png` });
}
