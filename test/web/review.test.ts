import { expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { bash, done, write } from '../emulators/model/index.ts';
import type { Watch } from '../support/watch.ts';
import { desktop, phone } from './browser.ts';
import { faults, misfits } from './inspect.ts';
import { countOf, gone, press, reads, see, textsOf, type, until } from './look.ts';
import { openWeb } from './web.ts';

const web = openWeb();

const evil = `a\u202e<img src=x onerror=alert(1)>.txt`;
async function changed(): Promise<Watch> {
  const { stack } = web();
  stack.model.script('change', [
    {
      calls: [
        bash(
          [
            'sed -i "s/Math.round/Math.floor/" src/duration.js',
            'mkdir -p docs/deep && seq 1 2000 > docs/deep/long.txt && head -c 900000 /dev/zero | tr "\\0" x > wide.txt',
            `printf 'one\\n' > "$(printf 'a\\342\\200\\256<img src=x onerror=alert(1)>.txt')"`,
          ].join('\n'),
        ),
        write('package-lock.json', '{\n  "lockfileVersion": 3\n}\n'),
      ],
    },
    done('Changed.'),
  ]);
  stack.model.script('more', [
    { calls: [bash('sed -i "s/floor/trunc/" src/duration.js; echo 2001 >> docs/deep/long.txt')] },
    done('More.'),
  ]);
  const session = await stack.ask('Change it #change');
  expect((await session.finished()).data.outcome).toBe('done');
  return session;
}

const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const fileOf = (path: string) => `[data-testid="diff-file"][data-path="${path}"]`;
const isOpen = (page: Page, path: string) =>
  page.$eval(`${fileOf(path)} .dh-diff-fold`, head => head.getAttribute('aria-expanded') === 'true');

test('a diff is read file by file: from a link in the timeline, with keys, in a range, on a desk and on a phone', async () => {
  const session = await changed();
  const page = await web().sessionPage(session.sessionId);
  const total = session.view().head;
  // What the session says and what its diff says is one count.
  await reads(page, 'details', `docs/deep/long.txt`);
  await page.evaluate(() => {
    const link = [...document.querySelectorAll('a')].find(each => each.hash.endsWith('duration.js'));
    link?.click();
  });
  await see(page, 'diff');
  await until(page, () => location.hash === '#file-src%2Fduration.js', []);
  const added = total.files.reduce((sum, file) => sum + file.added, 0);
  await reads(page, 'diff-total', `${total.files.length} files changed +${added} −1`);

  // Large and generated ones are folded, and say so; a name is shown as what it is.
  await reads(page, fileOf('docs/deep/long.txt'), 'large: 2000 lines');
  await reads(page, fileOf('package-lock.json'), 'generated: 3 lines');
  await reads(page, fileOf('wide.txt'), /large: 9\d\d|large: 8\d\d|large: 0\.9/);
  await reads(page, fileOf(evil), 'a\\u{202e}<img src=x onerror=alert(1)>.txt');
  expect(await isOpen(page, 'src/duration.js')).toBe(true);
  await see(page, '.diff-add-content-highlight, [data-diff-highlight]');
  expect(await isOpen(page, 'wide.txt')).toBe(false);
  // What was left out comes when somebody wants to see it, and no line is drawn without end.
  await press(page, `${fileOf('wide.txt')} .dh-diff-fold`);
  await reads(page, fileOf('wide.txt'), 'more characters');
  await picture(page, 'desktop');
  expect(await faults(page)).toEqual([]);

  // n and p go from file to file, v marks one; what changes since is not viewed any more.
  await toTop(page);
  await page.keyboard.press('n');
  const first = await page.evaluate(
    () => document.activeElement?.closest('[data-testid="diff-file"]')?.getAttribute('data-path') ?? '',
  );
  expect(first).toBe(evil);
  await page.keyboard.press('v');
  await reads(page, 'viewed-count', '1 of 5 viewed');
  await see(page, `${fileOf(evil)} .dh-diff-fold[aria-expanded="false"]`);
  await press(page, `${fileOf('docs/deep/long.txt')} [data-testid="viewed"]`);
  await reads(page, 'viewed-count', '2 of 5 viewed');
  // What is under the page's head cannot be pressed.
  await toTop(page);
  await press(page, 'split');
  await page.reload();
  await see(page, '.diff-line-new-num');
  await reads(page, 'viewed-count', '2 of 5 viewed');
  await picture(page, 'split');

  await web().stack.send(session.sessionId, 'More #more');
  await session.finished(2);
  await page.reload();
  await reads(page, 'viewed-count', '1 of 5 viewed');
  const [, only] = await page.$$eval('[data-testid="diff-range"] option', all => all.map(each => each.value));
  await page.select('[data-testid="diff-range"]', only ?? '');
  await reads(page, 'diff-total', '2 files changed +2 −1');
  expect(page.url()).toContain('?turn=trn_');
  await page.reload();
  await reads(page, 'diff-total', '2 files changed +2 −1');

  // The head of a file stays while its lines pass.
  await page.goto(page.url().replace(/\?.*/, '#file-docs%2Fdeep%2Flong.txt'));
  await reads(page, fileOf('docs/deep/long.txt'), '1999');
  await page.evaluate(() => document.querySelector('.diff-page')?.scrollBy(0, 3000));
  await until(page, () => {
    const head = document.querySelector('[data-path="docs/deep/long.txt"] .dh-diff-head');
    const part = document.querySelector('[data-path="docs/deep/long.txt"]');
    const top = head?.getBoundingClientRect().top ?? -1;
    return top > 0 && top < 120 && (part?.getBoundingClientRect().top ?? 0) < -500;
  }, []);
  await page.setViewport(phone);
  await toTop(page);
  await see(page, 'diff');
  expect(await misfits(page)).toEqual([]);
  expect(await countOf(page, 'diff-tree')).toBe(0);
  await picture(page, 'phone');
  await page.setViewport(desktop);
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
  await see(page, '.diff-line-new-num');
  await picture(page, 'dark');
  expect(await faults(page)).toEqual([]);
});

test('comments on lines are collected through a reload, and become one prompt that names each place', async () => {
  const session = await changed();
  const { stack } = web();
  stack.model.script('review', [done('Addressed.')]);
  const page = await web().page(`/sessions/${session.sessionId}/diff`);
  await comment(page, { path: 'src/duration.js', sign: '-', text: 'Why was it rounded?' });
  await reads(page, 'review-bar', '1 comment not sent yet');
  // More lines: the first is pressed, the last with Shift.
  const numbers = await page.$$(`${fileOf('src/duration.js')} [data-line-new-num]`);
  await numbers[0]?.click();
  await see(page, 'comment-form');
  await page.keyboard.down('Shift');
  await numbers[2]?.click();
  await page.keyboard.up('Shift');
  await reads(page, 'comment-form', /to \d+/);
  await picture(page, 'comment');
  await type(page, 'comment-text', 'Say what comes in.');
  await press(page, 'add-comment');
  await gone(page, 'comment-form');
  expect(await faults(page)).toEqual([]);
  await page.reload();
  await reads(page, 'review-bar', '2 comments not sent yet');
  await until(page, () => document.querySelectorAll('[data-testid="comment"]').length === 2, []);

  // Meanwhile the lines change: what was written is still sent, with what stood there.
  await stack.send(session.sessionId, 'More #more');
  await session.finished(2);
  await page.reload();
  await press(page, 'finish-review');
  await reads(page, 'drawer', 'Written on another state');
  expect(await countOf(page, '.dh-diff-file [data-testid="comment"]')).toBe(1);
  await type(page, 'review-summary', 'Two remarks #review');
  await picture(page, 'review');
  await press(page, 'send-review');
  await see(page, 'timeline');
  await session.finished(3);
  expect(await textsOf(page, 'comment-place')).toEqual([
    expect.stringMatching(/^src\/duration\.js, line \d+, before the change$/),
    expect.stringMatching(/^src\/duration\.js, lines \d+–\d+$/),
  ]);
  const asked = stack.model
    .askings('review')
    .at(-1)
    ?.messages.findLast(({ role }) => role === 'user')?.text;
  expect(asked).toMatch(
    /Two remarks #review\n\n1\. `src\/duration\.js`, line \d+ \(before the change, commit [0-9a-f]{12}\):\n```\n.*Math\.round.*\n```\nWhy was it rounded\?\n\n2\. `src\/duration\.js`, lines \d+–\d+ \(after the change, commit [0-9a-f]{12}\):\n```\n[\s\S]+\n```\nSay what comes in\.$/,
  );
  await picture(page, 'sent');
  await page.goto(`${web().stack.server.url}/sessions/${session.sessionId}/diff`);
  await see(page, 'diff');
  expect(await countOf(page, 'review-bar')).toBe(0);
});

test('an edit opens as the lines that it changed, and what came with a prompt opens over the page', async () => {
  const { stack } = web();
  const image = await stack.client.uploadAttachment(new File([dot], 'dot.png', { type: 'image/png' }));
  const text = await stack.client.uploadAttachment(new File(['<b>picked</b>\n'], 'pick.txt'));
  if (!image.ok || !text.ok) throw new Error('not uploaded');
  const edit = { path: 'src/duration.js', old: 'Math.round(minutes / 60)', new: 'Math.floor(minutes / 60)' };
  stack.model.script('edit', [{ calls: [{ tool: 'edit', input: edit }] }, done('Edited.')]);
  const session = await stack.ask('Edit it #edit', {
    attachments: [image.attachment.attachmentId, text.attachment.attachmentId],
  });
  await session.finished();
  const page = await web().sessionPage(session.sessionId);
  await press(page, 'tool');
  expect(await textsOf(page, '.dh-edit-removed')).toEqual(['- Math.round(minutes / 60)']);
  expect(await textsOf(page, '.dh-edit-added')).toEqual(['+ Math.floor(minutes / 60)']);
  await reads(page, 'edit-diff', 'src/duration.js in the diff');

  await press(page, 'open-attachment');
  await until(
    page,
    () => (document.querySelector<HTMLImageElement>('.dh-light-box img')?.naturalWidth ?? 0) > 0,
    [],
  );
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await gone(page, 'light-box');
  // The focus is where it was.
  await until(page, () => document.activeElement?.getAttribute('data-testid') === 'open-attachment', []);
  await page.evaluate(() => {
    const buttons = document.querySelectorAll<HTMLElement>('[data-testid="open-attachment"]');
    buttons[1]?.click();
  });
  await reads(page, 'light-box', '<b>picked</b>');
  await press(page, 'close-light-box');
  await gone(page, 'light-box');

  // On the diff a person changes the line once more: a commit of theirs.
  await page.goto(`${stack.server.url}/sessions/${session.sessionId}/diff`);
  await see(page, `${fileOf('src/duration.js')} [data-line-new-num="3"]`);
  await page.$eval(`${fileOf('src/duration.js')} [data-line-new-num="3"]`, number =>
    (number as HTMLElement).click(),
  );
  await press(page, 'edit-lines');
  const box = await see(page, 'edit-text');
  await box.click();
  await page.keyboard.down('Control');
  await page.keyboard.press('a');
  await page.keyboard.up('Control');
  await page.keyboard.type('  const hours = Math.trunc(minutes / 60);');
  await picture(page, 'edit');
  expect(await faults(page)).toEqual([]);
  await press(page, 'save-edit');
  await gone(page, 'edit-form');
  await reads(page, fileOf('src/duration.js'), 'Math.trunc');
  await session.until(
    view =>
      view.items.some(item => item.kind === 'notice' && /edited src\/duration\.js, line 3$/.test(item.text)),
    'the edit is told',
  );
});

const toTop = (page: Page) => page.evaluate(() => document.querySelector('.diff-page')?.scrollTo(0, 0));

/** Presses a changed line's number, and writes below it. */
async function comment(page: Page, { path, sign, text }: { path: string; sign: '+' | '-'; text: string }) {
  const side = sign === '-' ? 'old' : 'new';
  const number = await page.waitForSelector(
    `${fileOf(path)} [data-line-${side}-num]:not([data-line-${side === 'old' ? 'new' : 'old'}-num])`,
  );
  await page.evaluate(
    (path, side) => {
      const cells = [
        ...document.querySelectorAll<HTMLElement>(`[data-path="${path}"] [data-line-${side}-num]`),
      ];
      const other = side === 'old' ? 'new' : 'old';
      cells.find(cell => !cell.parentElement?.querySelector(`[data-line-${other}-num]`))?.click();
    },
    path,
    side,
  );
  await number?.dispose();
  await type(page, 'comment-text', text);
  await press(page, 'add-comment');
  await gone(page, 'comment-form');
}

/** For people to look at, where a folder is named. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.DECKHAND_PICTURES;
  if (folder) await page.screenshot({ path: `${folder}/review-${name}.png` });
}
