import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { done } from '../emulators/model/index.ts';
import { phone } from './browser.ts';
import { press, reads, see } from './look.ts';
import { openWeb } from './web.ts';

const folder = mkdtempSync(join(tmpdir(), 'deckhand-policy-'));
const policy = join(folder, 'policy.yaml');
writeFileSync(policy, 'budgets: {session: {tokens: 5000}}\n');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const web = openWeb({ DOCKER_HOST: 'unix:///nowhere/docker.sock', DECKHAND_POLICY: policy });
/** Where somebody wants to look at them. */
const out = process.env.SHOTS;

test('a turn that reached its budget is continued by one click, and goes on from its context', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('spend', [
    { calls: [{ tool: 'plan', input: { items: [{ text: 'one', status: 'pending' }] } }] },
    done('never said'),
  ]);
  const session = await stack.ask('Spend it all #spend', { budget: { tokens: 100 } });
  await session.finished();
  const page = await sessionPage(session.sessionId);
  await reads(page, 'budget-bar', 'Token budget reached: 110 of 100 tokens used by this turn');
  if (out) {
    await page.screenshot({ path: `${out}/budget-desktop.png` as `${string}.png` });
    const small = await sessionPage(session.sessionId, { viewport: phone });
    await see(small, 'budget-bar');
    await small.screenshot({ path: `${out}/budget-phone.png` as `${string}.png` });
  }
  await press(page, 'continue');
  await session.finished(2);
  expect(stack.model.askings('spend').at(-1)?.messages.at(-1)?.text).toContain('Continue');
});

test('more of a budget is asked for on the page, and what waits for it runs once somebody approves', async () => {
  const { stack, sessionPage } = web();
  const step = { tool: 'plan', input: { items: [{ text: 'one', status: 'pending' }] } };
  stack.model.script('dear', [{ calls: [step], usage: { input: 6_000, output: 0 } }, done('Said at last.')]);
  const session = await stack.ask('Spend it #dear');
  await session.finished();
  await stack.send(session.sessionId, 'And again #dear');
  await session.event('budget.reached');
  const page = await sessionPage(session.sessionId);
  await reads(page, 'budget-bar', 'What waits runs once it is raised.');
  await press(page, 'ask-raise');
  await reads(page, 'budget-bar', 'Asked: somebody who may raise it must approve.');
  const { data } = await session.event('approval.requested');
  expect(data).toMatchObject({ kind: 'budget', who: 'anyone', what: { action: '5,000 tokens more' } });
  await press(page, 'approve');
  expect((await session.finished(2)).data.outcome).toBe('over_budget');
  expect(session.all('approval.resolved')[0]?.data).toMatchObject({ approved: true });
});

test('an admin reads who did what, filters it, and has the chain verified', async () => {
  const { stack, page: openPage } = web();
  await stack.client.http['secret.set']({ repo: 'sample', name: 'A_KEY', phase: 'run', value: 'hush-hush' });
  await stack.client.http['session.archive']({ sessionId: 'ses_neverthere' });
  const page = await openPage('/');
  await press(page, 'account');
  await press(page, 'account-audit');
  await reads(page, 'acts', 'secret.set');
  await reads(page, 'acts', 'sign-in');
  await press(page, 'verify');
  await reads(page, 'verified', 'entries, whole');
  if (out) {
    await page.screenshot({ path: `${out}/audit-desktop.png` as `${string}.png` });
    const small = await openPage('/audit', { viewport: phone });
    await reads(small, 'acts', 'secret.set');
    await small.screenshot({ path: `${out}/audit-phone.png` as `${string}.png` });
  }
  await press(page, 'refused');
  await page.waitForFunction(() => !document.body.textContent.includes('secret.set'));
  await reads(page, 'acts', 'session.archive');
  await page.select('[data-testid=act]', 'secret');
  await page.waitForFunction(() => document.body.textContent.includes('Nothing like that'));
  expect(await page.content()).not.toContain('hush-hush');
});
