import { limits } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { bash, done, gate } from '../emulators/model/index.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { phone } from './browser.ts';
import { faults } from './inspect.ts';
import { countOf, gone, press, pressNamed, reads, see, send, textsOf, type, until } from './look.ts';
import { openWeb } from './web.ts';

const web = openWeb();
const ada = { provider: 'test', id: 'ada', name: 'Ada Byron' };

/** A page on a session whose turn waits until `open` is called. */
async function busy(marker: string) {
  const { stack, sessionPage } = web();
  const hold = gate();
  stack.model.script(marker, [{ say: ['Busy', hold.wait, '.'] }]);
  const session = await stack.ask(`Wait #${marker}`);
  await session.event('turn.started');
  const page = await sessionPage(session.sessionId);
  await see(page, 'stop');
  return { session, page, open: hold.open };
}

const waiting = (page: Page, count: number) =>
  until(page, n => document.querySelectorAll('[data-testid=queued-prompt]').length === n, [count]);

test('prompts that wait show their place; one can be edited and one cancelled before they run', async () => {
  const { session, page, open } = await busy('edit');
  const { model } = web().stack;
  model.script('edited', [done('Read it.')]);
  await reads(page, 'composer-send', 'Queue');
  await send(page, 'Old words');
  await reads(page, 'queued-prompt', 'Queued, next in line');
  await send(page, 'Drop this');
  await waiting(page, 2);
  expect((await textsOf(page, '.dh-tag-queued')).at(-1)).toBe('Queued, runs with the one above');

  await pressNamed(page, 'Edit', '[data-place="1"]');
  await page.keyboard.type(', now new #edited');
  await pressNamed(page, 'Save', '[data-place="1"]');
  await reads(page, 'queued-prompt', 'Old words, now new');
  await pressNamed(page, 'Cancel', '[data-place="2"]');
  await waiting(page, 1);
  await reads(page, '.dh-line', 'prompt was cancelled');
  open();
  await session.finished(2);
  await gone(page, 'queue');
  await reads(page, '.dh-message', 'Read it.');
  expect(await textsOf(page, '.dh-prompt-text')).toEqual(['Wait #edit', 'Old words, now new #edited']);
  checkLog(await readLog(web().stack.client, session.sessionId));
});

test('a stop asks what becomes of what waits: held, it says so to everybody until somebody lets it run', async () => {
  const { session, page, open } = await busy('held');
  const { stack, sessionPage } = web();
  stack.model.script('first', [done('First.')]);
  stack.model.script('second', [done('Second.')]);
  await stack.send(session.sessionId, 'Hers #first', { onBehalfOf: ada });
  await send(page, 'Mine #second');
  await waiting(page, 2);
  expect(await textsOf(page, '.dh-tag-queued')).toEqual(['Queued, next in line', 'Queued, 2nd in line']);
  await press(page, 'stop');
  await see(page, 'stop-choices');
  await page.keyboard.press('Escape');
  await gone(page, 'stop-choices');
  await press(page, 'stop');
  await reads(page, 'stop-choices', '2 prompts behind it');
  expect(await faults(page)).toEqual([]);
  if (process.env.DECKHAND_TEST_PICTURES)
    await page.screenshot({ path: `${process.env.DECKHAND_TEST_PICTURES}/stop-choices.png` });
  await press(page, 'stop-hold');
  expect((await session.finished()).data.outcome).toBe('stopped');
  open();
  const me = await stack.client.http.me({});
  const name = me.ok ? me.name : '';
  await reads(page, '[data-outcome=stopped]', `Stopped by ${name}`);
  const other = await sessionPage(session.sessionId, { viewport: phone });
  for (const each of [page, other])
    await reads(each, 'held-bar', `${name} stopped the turn and held what waits: 2 prompts.`);
  expect(await faults(other)).toEqual([]);
  if (process.env.DECKHAND_TEST_PICTURES)
    await other.screenshot({ path: `${process.env.DECKHAND_TEST_PICTURES}/held-phone.png` });
  expect(await textsOf(page, '.dh-tag-queued')).toEqual(['Held, next in line', 'Held, 2nd in line']);
  await press(other, 'release-queue');
  await session.finished(3);
  await gone(page, 'held-bar');
  await reads(page, '.dh-message', 'Second.');
});

test('a prompt that is too long to be shown whole is edited whole', async () => {
  const { session, page, open } = await busy('whole');
  const { client } = web().stack;
  const long = `${'€'.repeat(22_000)} the end`;
  await web().stack.send(session.sessionId, long);
  const { artifactId } = (await session.event('prompt.queued', 2)).data;
  expect(artifactId).toBeDefined();
  await pressNamed(page, 'Edit', 'queued-prompt');
  await see(page, '.dh-edit');
  await page.keyboard.type('!');
  await pressNamed(page, 'Save', 'queued-prompt');
  const edited = (await session.event('prompt.edited')).data;
  const kept = await client.loadArtifact(session.sessionId, edited.artifactId ?? '');
  expect((await kept?.text()) === `${long}!`).toBe(true);
  open();
  await session.finished(2);
});

test('somebody else’s waiting prompt can be cancelled, but its words are theirs', async () => {
  const { session, page, open } = await busy('theirs');
  await web().stack.send(session.sessionId, 'Words of Ada', { onBehalfOf: ada });
  await reads(page, 'queued-prompt', 'Ada Byron');
  expect(await textsOf(page, '[data-testid=queued-prompt] .dh-link')).toEqual(['Cancel']);
  await pressNamed(page, 'Cancel', 'queued-prompt');
  await gone(page, 'queued-prompt');
  open();
  await session.finished();
});

test('a prompt that the full queue refuses is kept with the reason, and can be sent again', async () => {
  const { session, page, open } = await busy('full');
  const { stack } = web();
  stack.model.script('fits', [done('All read.')]);
  for (let i = 1; i <= limits.waitingPrompts; i++) await stack.send(session.sessionId, `Prompt ${i} #fits`);
  await waiting(page, limits.waitingPrompts);
  await send(page, 'One too many #fits');
  await reads(page, '[data-state=failed]', 'Not sent');
  expect(await textsOf(page, '[data-state=failed] .dh-error')).toHaveLength(1);
  open();
  await session.finished(2);
  await pressNamed(page, 'Send again', '[data-state=failed]');
  await session.finished(3);
  await gone(page, 'unsent-prompt');
  await reads(page, '.dh-items > :nth-last-child(3)', 'One too many');
});

/** What a page shows of a session, without the times, which differ by when they are looked at. */
const shown = (page: Page) =>
  page.$$eval('[data-testid=item]', items =>
    items.map(item => {
      const copy = item.cloneNode(true) as HTMLElement;
      for (const time of copy.querySelectorAll('time')) time.remove();
      return `${item.getAttribute('data-seq')} ${item.getAttribute('data-kind')} ${copy.textContent}`;
    }),
  );

test('two browsers show the same session: words of both people, in one order, live and after a reload', async () => {
  const { stack, sessionPage } = web();
  const hold = gate();
  stack.model.script('both', [
    { say: 'First.', calls: [bash('echo hello')] },
    { say: ['Live', hold.wait, '.'] },
  ]);
  stack.model.script('hers', [done('For Ada.')]);
  stack.model.script('mine', [done('For me.')]);
  const session = await stack.ask('Work for two #both');
  const [left, right] = [await sessionPage(session.sessionId), await sessionPage(session.sessionId)];
  for (const page of [left, right]) await reads(page, 'live-message', /^Live$/);
  await stack.send(session.sessionId, 'Hers #hers', { onBehalfOf: ada });
  await waiting(left, 1);
  await send(left, 'Mine #mine');
  await waiting(right, 2);
  await send(right, 'And mine #mine');
  for (const page of [left, right]) await waiting(page, 3);
  expect(await textsOf(left, '.dh-queued .dh-prompt-text')).toEqual([
    'Hers #hers',
    'Mine #mine',
    'And mine #mine',
  ]);
  hold.open();
  const end = await session.finished(3);
  const drawn = (page: Page) =>
    until(page, seq => document.querySelector(`[data-kind="turn.end"][data-seq="${seq}"]`) !== null, [
      end.seq,
    ]);
  await Promise.all([left, right].map(drawn));
  const items = await shown(left);
  expect(await shown(right)).toEqual(items);
  const seqs = items.map(item => Number.parseInt(item, 10));
  expect(new Set(seqs).size).toBe(seqs.length);
  expect(await textsOf(left, '.dh-prompt-text')).toEqual([
    'Work for two #both',
    'Hers #hers',
    'Mine #mine',
    'And mine #mine',
  ]);
  await right.reload();
  await drawn(right);
  expect(await shown(right)).toEqual(items);
});

test('who looks on is shown; one person with two browsers is one person', async () => {
  const { page, session, open } = await busy('presence');
  await web().sessionPage(session.sessionId);
  await see(page, 'presence');
  const me = await web().stack.client.http.me({});
  const label = await page.$eval('[data-testid=presence]', part => part.getAttribute('aria-label'));
  expect(label).toBe(`Here now: ${me.ok && me.name}`);
  expect(await countOf(page, 'header [data-testid=presence] .dh-avatar')).toBe(1);
  open();
  await session.finished();
});

test('a prompt is sent to the running turn with a button or Ctrl+Enter, and everybody sees that it was', async () => {
  const { stack, sessionPage } = web();
  const hold = gate();
  const end = gate();
  stack.model.script('now', [
    { say: ['Busy', hold.wait], calls: [bash('true')] },
    { say: ['I read it', end.wait, '.'] },
  ]);
  const session = await stack.ask('Work #now');
  const page = await sessionPage(session.sessionId);
  await reads(page, 'composer-now', 'Send now');
  await send(page, 'Behind all');
  await reads(page, 'queued-prompt', 'Queued, next in line');
  await type(page, 'composer-text', 'Use tabs');
  await press(page, 'composer-now');
  await reads(page, '[data-place="1"]', /Sent now, read before the next step.*Use tabs/);
  await type(page, 'composer-text', 'No semicolons');
  await page.keyboard.down('Control');
  await page.keyboard.press('Enter');
  await page.keyboard.up('Control');
  await reads(page, '[data-place="2"]', /Sent now.*No semicolons/);
  await reads(page, '[data-place="3"]', /3rd in line.*Behind all/);
  hold.open();
  await reads(page, 'live-message', 'I read it');
  await waiting(page, 1);
  const late = await sessionPage(session.sessionId, { viewport: phone });
  for (const shown of [page, late]) {
    const prompts = await textsOf(shown, '[data-kind=prompt]');
    expect(prompts.map(text => /Sent now/.test(text))).toEqual([false, true, true]);
    expect(prompts.at(-1)).toContain('No semicolons');
  }
  end.open();
  await session.finished(2);
  // Nothing runs any more that could read it.
  await gone(page, 'composer-now');
});
