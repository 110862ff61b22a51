import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import type { TestServer } from '../../../test/support/server.ts';
import { openBrowser, type PageOptions, phone, type TestBrowser } from '../../../test/web/browser.ts';
import { faults, misfits } from '../../../test/web/inspect.ts';
import { press, reads, see, textsOf } from '../../../test/web/look.ts';
import { fixtureSessions, march } from '../../test/helpers/statsSessions.ts';
import { openStatsStack, type StatsStack } from '../../test/helpers/statsStack.ts';
import { ensureWebBuilt } from '../../web/build.ts';
import { accountsOf } from '../policy/budgets/accounts.ts';
import { Ledger } from '../policy/budgets/ledger.ts';
import { readBudgetPolicy } from '../policy/budgets/policyFile.ts';

const policy = 'budgets: {repository: {tokens: 1000}, day: {usd: 2}}\n';

let stack: StatsStack;
let browser: TestBrowser;
const dayMs = 24 * 3_600_000;

beforeAll(async () => {
  const webDir = await ensureWebBuilt({ say: () => {} });
  stack = await openStatsStack({ webDir, repos: [{ id: 'api', url: '/nowhere/api.git' }], policy });
  // The whole of it is in the last 90 days, and what is in its March is in the last 30.
  const shiftMs = Date.now() - Date.parse(march.to) - dayMs;
  for (const script of fixtureSessions(shiftMs)) await script.write(stack.store);
  await stack.start();
  browser = await openBrowser();
});
afterEach(() => browser?.settle());
afterAll(async () => {
  await browser?.close();
  await stack?.dispose();
});

const open = (options?: PageOptions, path = '/stats'): Promise<Page> => {
  const server = { url: stack.app().url, client: stack.client } as unknown as TestServer;
  return browser.signedIn(server, path, options);
};

test('from the home page to the numbers, by any period and group, each with its table', async () => {
  const page = await open({}, '/');
  await press(page, 'to-stats');
  await see(page, 'span');
  await page.select('[data-testid=span]', '90');
  await reads(page, 'tile-merged', /^Merged sessions55 changes, \+27 −9 lines$/);
  await reads(page, 'tile-now', /^People prompting now0/);
  await reads(page, 'tile-cost', /\$16\.68/);
  await reads(page, 'funnel', /Prompted13100%.*Merged538%/);
  await see(page, 'use-chart');
  await page.waitForSelector('.recharts-bar-rectangle');
  await press(page, 'use-as-table');
  await reads(page, 'use-table', /Day.*Web page.*Slack/);
  await reads(page, 'groups', /Web page1939456%2\.1k\$16\.33/);

  await page.select('[data-testid=group-by]', 'repo');
  await reads(page, 'groups', /No repository3/);
  // Which kind of attempt is worth it: made, taken, merged, at what cost.
  await page.select('[data-testid=group-by]', 'attempt');
  await reads(page, 'groups', /AttemptPrompts.*SessionsTakenMergedShare mergedTokensCost/);
  await reads(page, 'groups', /@tester, m4121150%480\$1\.00m412100%480\$2\.00/);
  await page.select('[data-testid=group-by]', 'repo');
  await page.select('[data-testid=measure]', 'costUsd');
  await reads(page, 'use-table', '$5.00');
  await page.select('[data-testid=measure]', 'merged');
  const rows = (await textsOf(page, '[data-testid=use-table] tbody tr')).length;
  expect(rows).toBe(90);
  await reads(page, 'line-shares', 'api');
  const csv = await page.$eval('[data-testid=csv]', link => (link as HTMLAnchorElement).href);
  const text = await page.evaluate(async url => (await fetch(url)).text(), csv);
  expect(text).toMatch(/^at,group,prompts/);
});

test('budgets of today stand there once something of them is used, those nearest to their end first', async () => {
  const page = await open();
  await see(page, 'funnel');
  expect(await textsOf(page, '[data-testid=budgets]')).toEqual([]);
  const read = readBudgetPolicy(join(stack.dataDir, 'policy.yaml'));
  if (!read.ok) throw new Error(read.message);
  const author = { userId: 'usr_ana00000', name: 'Ana' };
  const spender = { sessionId: 'ses_budget00', repo: 'api', author, teams: [], own: {} };
  await new Ledger(stack.store).step(accountsOf(read.budgets, spender, Date.now()), {
    ...{ turnId: 'trn_budget00', reserve: null, nowMs: Date.now() },
    used: { tokens: 900, microUsd: 1_000_000, wallMs: 0, sandboxMs: 0 },
  });
  await page.reload();
  await reads(page, 'budgets', /^api, today900 tokens of 1,000 tokensEverybody today\$1\.00 of \$2\.00$/);
});

test('somebody who prompts is seen without a reload', async () => {
  const page = await open();
  await reads(page, 'tile-now', /^People prompting now0/);
  const created = await stack.client().http['session.create']({ requestId: '1', repo: 'api', prompt: 'Go' });
  expect(created.ok).toBe(true);
  await reads(page, 'tile-now', /^People prompting now1/);
});

test.each([
  ['light', {}],
  ['dark', { dark: true }],
  ['on a phone', { viewport: phone }],
] satisfies [string, PageOptions][])('axe finds nothing, and all of it fits, %s', async (_, options) => {
  const page = await open(options);
  await page.waitForSelector('.recharts-bar-rectangle');
  await press(page, 'use-as-table');
  await see(page, 'use-table');
  expect([...(await faults(page)), ...(await misfits(page))]).toEqual([]);
});
