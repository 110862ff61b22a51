import { expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { type Call, done, gate, type Step } from '../emulators/model/index.ts';
import { countOf, gone, press, pressNamed, reads, see, textsOf, until } from './look.ts';
import { openWeb } from './web.ts';

/** What the model reads is not of interest here: each of its answers counts as one of the script. */
const web = openWeb({ DECKHAND_CONTEXT_MESSAGES: '100000', DECKHAND_CONTEXT_TOKENS: '10000000' });
const steps = 60;
const callsEach = 12;
/** Other calls in each step: a model that repeats itself is stopped. */
const callsOf = (step: number): Call[] =>
  Array.from({ length: callsEach }, () => ({ tool: 'read', input: { path: 'README.md', limit: step + 1 } }));
/** A step is a message and a start and an end of each call: 25 events. */
const long: Step[] = [
  ...Array.from(
    { length: steps },
    (_, i): Step => ({ say: `Step ${i + 1} of ${steps}.`, calls: callsOf(i) }),
  ),
  done('At last.'),
];

const firstSeq = (page: Page) =>
  page.$eval('[data-testid=item]', item => Number(item.getAttribute('data-seq')));
const scrollTo = (page: Page, top: number) =>
  page.$eval('[data-testid=timeline]', (part, to) => part.scrollTo({ top: to }), top);

/** The item at the top edge of what is seen, and where it stands. */
const topItem = (page: Page) =>
  page.$eval('[data-testid=timeline]', timeline => {
    const edge = timeline.getBoundingClientRect().top;
    const items = [...timeline.querySelectorAll('[data-testid=item]')];
    const item = items.find(each => each.getBoundingClientRect().bottom > edge + 1);
    return { seq: item?.getAttribute('data-seq'), y: Math.round(item?.getBoundingClientRect().top ?? 0) };
  });
const placeOf = (page: Page, seq: string | null | undefined) =>
  page.$eval(`[data-testid=item][data-seq="${seq}"]`, item => Math.round(item.getBoundingClientRect().top));

const distanceToEnd = (page: Page) =>
  page.$eval('[data-testid=timeline]', part => part.scrollHeight - part.scrollTop - part.clientHeight);

test('a session of 1,500 events opens at its end, and older pages come above without a jump', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('long', long);
  const session = await stack.ask('Do a lot #long');
  await session.event('turn.finished');
  const last = session.view().last;
  expect(last).toBeGreaterThan(1_500);

  const page = await sessionPage(session.sessionId);
  await see(page, 'turn-end');
  await until(page, () => {
    const timeline = document.querySelector('[data-testid=timeline]');
    return timeline !== null && timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < 2;
  }, []);
  expect(await firstSeq(page)).toBeGreaterThan(last - 260);

  let first = await firstSeq(page);
  // Near the top older items are asked for; what is being read keeps its place on the screen.
  for (let round = 0; round < 3; round++) {
    await scrollTo(page, 300);
    const reading = await topItem(page);
    await until(
      page,
      before => Number(document.querySelector('[data-testid=item]')?.getAttribute('data-seq')) < before,
      [first],
    );
    expect(Math.abs((await placeOf(page, reading.seq)) - reading.y)).toBeLessThanOrEqual(2);
    first = await firstSeq(page);
  }
  await see(page, 'jump-to-latest');
  await press(page, 'jump-to-latest');
  await gone(page, 'jump-to-latest');
  expect((await textsOf(page, '.dh-message')).at(-1)).toBe('At last.');

  // On to the very beginning: nothing is missing and nothing is there twice.
  for (;;) {
    if ((await page.$('.dh-older')) === null) break;
    // Known before the scroll: a quick page may be there before we could look.
    const before = await firstSeq(page);
    await scrollTo(page, 0);
    await until(
      page,
      seq =>
        Number(document.querySelector('[data-testid=item]')?.getAttribute('data-seq')) < seq ||
        !document.querySelector('.dh-older'),
      [before],
    );
  }
  const said = (await textsOf(page, '.dh-message')).filter(text => text.startsWith('Step '));
  expect(said).toEqual(Array.from({ length: steps }, (_, i) => `Step ${i + 1} of ${steps}.`));
  expect((await textsOf(page, 'tool')).length).toBe(steps * callsEach);
});

test('who reads further up is not moved by new words below', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('more', [done(`New words.\n\n${'More of them.\n\n'.repeat(40)}`)]);
  stack.model.script('fill', [done('A line.\n\n'.repeat(80))]);
  const session = await stack.ask('Fill #fill');
  await session.finished();
  const page = await sessionPage(session.sessionId);
  await see(page, 'turn-end');
  await scrollTo(page, 200);
  await see(page, 'jump-to-latest');
  const reading = await topItem(page);
  await stack.send(session.sessionId, 'More #more');
  await until(page, () => document.querySelectorAll('[data-testid=turn-end]').length === 2, []);
  expect(await topItem(page)).toEqual(reading);
});

test('who is at the end stays there, however much comes at once, and a long prompt shows its beginning', async () => {
  const { stack, sessionPage } = web();
  const start = gate();
  const hold = gate();
  // Many lines between one drawing and the next.
  const quick = Array.from({ length: 60 }, () => ['A line.\n\n'.repeat(15), 15]).flat();
  stack.model.script('end', [{ say: [start.wait, ...quick, 'The last line.', hold.wait, '.'] }]);
  const session = await stack.ask('Fill #end');
  const page = await sessionPage(session.sessionId);
  await see(page, 'stop');
  start.open();
  await reads(page, 'live-message', 'The last line.');
  await stack.send(session.sessionId, 'many words '.repeat(5_000));
  await stack.send(session.sessionId, 'line\n'.repeat(100));
  await until(page, () => document.querySelectorAll('[data-testid=queued-prompt]').length === 2, []);
  await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve))));
  expect(await countOf(page, 'jump-to-latest')).toBe(0);
  expect(await distanceToEnd(page)).toBeLessThan(2);
  const [first] = await page.$$('[data-testid=queued-prompt]');
  expect((await first?.boundingBox())?.height).toBeLessThan(400);
  await pressNamed(page, 'Show all 55,000 characters');
  await until(
    page,
    () =>
      document.querySelector('.dh-prompt-cut') !== null &&
      document.querySelectorAll('.dh-prompt-cut').length === 1,
    [],
  );
  hold.open();
  await session.finished(2);
});
