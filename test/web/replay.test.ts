import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ReadableStream } from 'node:stream/web';
import { expect, test } from '@jest/globals';
import type { ElementHandle, Page } from 'puppeteer';
import { done, write } from '../emulators/model/index.ts';
import type { Watch } from '../support/watch.ts';
import { phone } from './browser.ts';
import { faults, misfits } from './inspect.ts';
import { countOf, gone, press, reads, see, textsOf, until } from './look.ts';
import { openWeb } from './web.ts';

const web = openWeb();
let twoTurns: Promise<Watch> | undefined;

/** One session of two turns for all of these tests: looking at it changes nothing. */
const session = () => {
  twoTurns ??= makeTwoTurns();
  return twoTurns;
};
async function makeTwoTurns(): Promise<Watch> {
  const { stack } = web();
  stack.model.script('one', [
    { calls: [{ tool: 'delegate', input: { agent: 'explorer', goal: 'Where? #look-inside' } }] },
    { calls: [write('one.txt', 'one\n')] },
    done('First **done**.'),
  ]);
  stack.model.script('look-inside', [done('There.')]);
  stack.model.script('two', [{ calls: [write('two.txt', 'two\n')] }, done('Second done.')]);
  const watch = await stack.ask('Begin #one');
  await watch.finished();
  await stack.send(watch.sessionId, 'Go on #two');
  await watch.finished(2);
  return watch;
}
const seqsOf = (watch: Watch, type: string) =>
  watch.view().events.flatMap(event => (event?.type === type ? [event.seq] : []));
const at = (page: Page, seq: number) =>
  until(page, wanted => document.querySelector(`[data-testid=replay][data-seq="${wanted}"]`) !== null, [seq]);
const filesOf = (page: Page) => textsOf(page, '.side [data-testid=changed-file] bdi');
const messages = (page: Page) => textsOf(page, '[data-kind=message]');

async function replay(path: string, options?: Parameters<ReturnType<typeof web>['page']>[1]) {
  const page = await web().page(path, options);
  await see(page, 'replay');
  return page;
}

/** A file of the test's own, put into the page's picker. */
async function pick(page: Page, name: string, content: string | Uint8Array): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-replay-'));
  try {
    await writeFile(join(folder, name), content);
    const picker = (await page.waitForSelector(
      '[data-testid=replay-picker]',
    )) as ElementHandle<HTMLInputElement>;
    await picker.uploadFile(join(folder, name));
    await until(
      page,
      () => document.querySelector('[data-testid=replay], [data-testid=replay-problem]') !== null,
      [],
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('from the session page to its replay; in the middle it is what it was then', async () => {
  const watch = await session();
  const page = await web().sessionPage(watch.sessionId);
  await page.locator('.side ::-p-aria(Replay)').click();
  await at(page, 1);
  expect(await countOf(page, '[data-kind=message]')).toBe(0);
  expect(await countOf(page, 'composer-text')).toBe(0);
  await reads(page, 'replay-turn', 'Before the first');

  const [, second = 0] = seqsOf(watch, 'turn.started');
  await press(page, 'next-turn');
  await reads(page, 'replay-turn', '1 of 2');
  await press(page, 'next-turn');
  await at(page, second);
  await reads(page, 'replay-turn', '2 of 2');
  const running = seqsOf(watch, 'session.state').find(seq => seq > second) ?? 0;
  for (let seq = second; seq < running; seq++) await page.keyboard.press('ArrowRight');
  await at(page, running);
  await reads(page, 'replay-state', 'Running');
  expect(await messages(page)).toEqual(['First done.']);
  expect(await filesOf(page)).toEqual(['one.txt']);
  await reads(page, 'replay-task', /Explorer.*done/);
  const ofTurn = await page.$eval('[data-testid=replay-diff]', link => link.getAttribute('href'));
  expect(ofTurn).toMatch(new RegExp(`^/sessions/${watch.sessionId}/diff\\?turn=trn_`));
  // Nothing can be done to what was.
  expect(await countOf(page, 'turn-menu')).toBe(0);

  await page.keyboard.press('End');
  await at(page, watch.view().last);
  expect(await messages(page)).toEqual(['First done.', 'Second done.']);
  expect(await filesOf(page)).toEqual(['one.txt', 'two.txt']);
  await reads(page, 'replay-state', 'Idle');
  await page.keyboard.press('ArrowLeft');
  await at(page, watch.view().last - 1);
  await page.keyboard.press('Home');
  await at(page, 1);
  expect(await filesOf(page)).toEqual([]);
});

test('a link to a moment opens there, says so, and is what is copied', async () => {
  const watch = await session();
  const [first = 0] = seqsOf(watch, 'turn.finished');
  const page = await replay(`/sessions/${watch.sessionId}/replay?at=${first}`);
  await at(page, first);
  const said = await page.$eval('[data-testid=scrubber]', part => part.getAttribute('aria-valuetext'));
  expect(said).toMatch(
    new RegExp(`^Event ${first} of ${watch.view().last}, turn 1 of 2, .* after the beginning$`),
  );
  await reads(page, 'replay-where', `event ${first} of ${watch.view().last}`);
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'clipboard', {
      value: { writeText: async (text: string) => document.body.setAttribute('data-copied', text) },
    });
  });
  await press(page, 'copy-moment');
  await until(page, end => document.body.getAttribute('data-copied')?.endsWith(end) === true, [
    `/sessions/${watch.sessionId}/replay?at=${first}`,
  ]);
});

test('played, it goes to its end', async () => {
  const watch = await session();
  const page = await replay(`/sessions/${watch.sessionId}/replay`);
  await (await see(page, 'speed')).select('16');
  await page.focus('[data-testid=scrubber]');
  await page.keyboard.press('Space');
  await at(page, watch.view().last);
  await reads(page, 'play', 'Play again');
  expect(await messages(page)).toEqual(['First done.', 'Second done.']);
});

test('an archived session replays', async () => {
  const { stack } = web();
  stack.model.script('gone', [done('Said and gone.')]);
  const watch = await stack.ask('Say it #gone');
  await watch.finished();
  const archived = await stack.client.http['session.archive']({ sessionId: watch.sessionId });
  expect(archived).toMatchObject({ ok: true });
  const page = await replay(`/sessions/${watch.sessionId}/replay`);
  await page.keyboard.press('End');
  await reads(page, '[data-kind=message]', 'Said and gone.');
  await reads(page, 'replay-state', 'Archived');
});

test('a downloaded session replays, on a phone too; rubbish is refused in words', async () => {
  const watch = await session();
  const exported = await web().stack.client.exportSession(watch.sessionId);
  if (!exported.ok) throw new Error(exported.message);
  const archive = await buffer(exported.content as ReadableStream);
  const page = await web().page('/replay', { viewport: phone, dark: true });
  await see(page, 'replay-drop');
  expect([...(await faults(page)), ...(await misfits(page))]).toEqual([]);
  await pick(page, 'holiday.jpg', 'not a session');
  await reads(page, 'replay-problem', 'This file holds no session.');
  await pick(page, 'broken.sqlite', archive.subarray(0, 5000));
  await reads(page, 'replay-problem', 'This file is damaged.');
  await pick(page, 'session.sqlite', archive);
  await page.keyboard.press('End');
  await at(page, watch.view().last);
  expect(await messages(page)).toEqual(['First done.', 'Second done.']);
  // What it names need not be ours.
  expect(await countOf(page, 'copy-moment')).toBe(0);
  await press(page, 'toggle-details');
  await see(page, 'details');
  expect(await filesOf(page)).toEqual(['one.txt', 'two.txt']);
  expect([...(await faults(page)), ...(await misfits(page))]).toEqual([]);
  await press(page, 'close-drawer');
  await gone(page, 'drawer');
  expect([...(await faults(page)), ...(await misfits(page))]).toEqual([]);
});

const turnId = 'trn_000001';
const begun = {
  ...{ seq: 1, at: '2026-11-28T10:00:00.000Z', sessionId: 'ses_000001', turnId, actor: { kind: 'agent' } },
  ...{ type: 'turn.started', data: { turnId, promptIds: ['prm_000001'], model: 'm' } },
};
const said = (seq: number, text: string, ms = 0) => ({
  ...begun,
  ...{ seq, at: new Date(Date.parse(begun.at) + ms).toISOString() },
  ...{ type: 'message.done', data: { messageId: 'msg_000001', text } },
});
const fileOf = (lines: readonly unknown[]) => lines.map(line => `${JSON.stringify(line)}\n`).join('');

test('words in a file are as harmless as those of a session', async () => {
  const page = await web().page('/replay');
  const text =
    '<img src=x onerror="document.title=1"> [go](javascript:alert(1)) ![p](https://example.invalid/p.png)';
  const files = { files: [{ path: text, added: 1, removed: 0 }] };
  const changed = { ...begun, seq: 4, type: 'files.changed', data: files };
  await pick(page, 'log.jsonl', fileOf([begun, said(2, text), 'rubbish', changed]));
  await page.keyboard.press('End');
  await at(page, 4);
  await reads(page, 'replay-remark', 'One event could not be read');
  await reads(page, '[data-kind=message]', '<img src=x');
  const hrefs = await page.$$eval('.dh-message a', links => links.map(link => link.getAttribute('href')));
  expect(hrefs.join()).not.toContain('javascript');
  expect(await countOf(page, '.dh-message img')).toBe(0);
});

test.each([
  ['grows as it was written', 'no-preference', 1],
  ['comes whole where motion is not wanted', 'reduce', 0],
])('a text %s', async (_, motion, times) => {
  const page = await web().page('/replay');
  await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: motion }]);
  await pick(page, 'log.jsonl', fileOf([begun, said(2, 'A text of some words.', 1500)]));
  await page.evaluate(() => {
    new MutationObserver(() => {
      if (document.querySelector('[data-testid=live-message]')) document.body.setAttribute('data-wrote', '');
    }).observe(document.body, { childList: true, subtree: true });
  });
  await press(page, 'play');
  await at(page, 2);
  await reads(page, '[data-kind=message]', 'A text of some words.');
  expect(await countOf(page, 'body[data-wrote]')).toBe(times);
});

const isAtEnd = () => {
  const timeline = document.querySelector('[data-testid=timeline]');
  return timeline !== null && timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < 2;
};

test('space plays and pauses, and plays once more from the beginning after the end', async () => {
  const page = await web().page('/replay');
  // Longer than anybody waits here.
  const log = [begun, ...Array.from({ length: 300 }, (_, i) => said(i + 2, `${i}`, (i + 1) * 1900))];
  await pick(page, 'log.jsonl', fileOf(log));
  await page.keyboard.press('Space');
  await reads(page, 'play', 'Pause');
  await page.keyboard.press('Space');
  await reads(page, 'play', 'Play');
  // Wherever one goes, what happened last is what is seen.
  for (const [key, seq] of [
    ['End', log.length],
    ['Home', 1],
    ['ArrowRight', 2],
    ['End', log.length],
  ] as const) {
    await page.keyboard.press(key);
    await at(page, seq);
    await until(page, isAtEnd, []);
  }
  await reads(page, 'play', 'Play again');
  await page.keyboard.press('Space');
  await reads(page, 'play', 'Pause');
  const seq = await page.$eval('[data-testid=replay]', part => Number(part.getAttribute('data-seq')));
  expect(seq).toBeLessThan(log.length);
});

test('axe finds nothing on a desktop', async () => {
  const watch = await session();
  const [first = 0] = seqsOf(watch, 'turn.finished');
  const page = await replay(`/sessions/${watch.sessionId}/replay?at=${first}`);
  await at(page, first);
  expect(await faults(page)).toEqual([]);
});
