import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { done, write } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { openBrowser, phone, type TestBrowser } from './browser.ts';
import { faults, misfits } from './inspect.ts';
import { reads, see } from './look.ts';

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

/** For people to look at, where a folder is named. */
async function look(page: import('puppeteer').Page, name: string): Promise<void> {
  const folder = process.env.DECKHAND_PICTURES;
  if (folder) await page.screenshot({ path: `${folder}/change-${name}.png` });
}
