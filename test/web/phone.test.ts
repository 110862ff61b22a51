import { expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { phone } from './browser.ts';
import { gone, press, reads, see, send, type, until } from './look.ts';
import { openWeb } from './web.ts';

const web = openWeb();
const small = { viewport: phone };
const leastPx = 32;

/** What sticks out of the page to the side. */
const overflowing = (page: Page) =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const parts = [...document.querySelectorAll('#root *')];
    return parts
      .filter(part => part.getBoundingClientRect().right > width + 1)
      .map(part => part.outerHTML.slice(0, 160));
  });

/** Controls that a finger would miss. Links within a sentence are text. */
const tooSmall = (page: Page) =>
  page.$$eval(
    'button, select, input:not([type=file]), textarea, a[href]',
    (parts, least) =>
      parts
        .filter(part => part.checkVisibility() && !part.closest('.dh-markdown, p'))
        .map(part => ({ part, box: part.getBoundingClientRect() }))
        .filter(({ box }) => box.height < least - 0.5 || box.width < least - 0.5)
        .map(
          ({ part, box }) =>
            `${part.outerHTML.slice(0, 120)} ${Math.round(box.width)}x${Math.round(box.height)}`,
        ),
    leastPx,
  );

async function fits(page: Page): Promise<void> {
  expect(await overflowing(page)).toEqual([]);
  expect(await tooSmall(page)).toEqual([]);
}

const endless = 'Donaudampfschifffahrtsgesellschaftskapitaen'.repeat(12);
const words = [
  `# ${endless}`,
  `One \`${endless}\` and https://example.invalid/${endless}`,
  `\`\`\`js\nconst long = '${endless}';\n\`\`\``,
  `| a | b | c | d | e |\n|---|---|---|---|---|\n| ${'wide cell '.repeat(8)} | ${endless} | c | d | e |`,
  `> ${endless}`,
  `1. ${endless}\n   - ${endless}`,
  'שלום עולם, זה טקסט מימין לשמאל. 漢字かな交じり文が続きます。 👩‍👩‍👧‍👦🏴‍☠️',
].join('\n\n');

test('home and session fit a phone, whatever is written in them', async () => {
  const { stack, page: open, sessionPage } = web();
  const hold = gate();
  stack.model.script('wide', [
    {
      say: words,
      calls: [
        bash(`echo ${endless}; echo ${endless} >&2`),
        write(`deep/${endless.slice(0, 200)}/a.txt`, 'a\n'),
      ],
    },
    { say: words },
  ]);
  stack.model.script('held', [{ say: ['Held', hold.wait] }]);
  const session = await stack.ask(`${endless} ${words} #wide`);
  await session.finished();
  const home = await open('/', small);
  await see(home, 'session-row');
  await fits(home);

  const page = await sessionPage(session.sessionId, small);
  await see(page, 'turn-end');
  for (const line of await page.$$('[data-testid=tool]')) await line.click();
  await fits(page);
  await send(page, 'Hold #held');
  await see(page, 'stop');
  await send(page, endless);
  await reads(page, 'queued-prompt', 'next in line');
  await fits(page);
  for (const name of ['stop', 'composer-send', 'toggle-details', 'composer-text']) {
    const box = await (await see(page, name)).boundingBox();
    expect(box && box.x >= 0 && box.x + box.width <= 390 && box.y >= 0 && box.y + box.height <= 844).toBe(
      true,
    );
  }
  hold.open();
  await session.finished(3);
});

test('the details slide in over the session; Escape, a tap beside them and their button close them', async () => {
  const { stack, sessionPage } = web();
  stack.model.script('details', [{ calls: [write('NOTES.md', 'n\n')] }, done()]);
  const session = await stack.ask('Note #details');
  await session.finished();
  const page = await sessionPage(session.sessionId, small);
  await gone(page, 'drawer');
  const closings = [
    () => page.keyboard.press('Escape'),
    () => page.touchscreen.tap(20, 400),
    () => press(page, 'close-drawer'),
  ];
  for (const close of closings) {
    await press(page, 'toggle-details');
    await see(page, 'drawer');
    await fits(page);
    await close();
    await gone(page, 'drawer');
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    expect(focused).toBe('toggle-details');
  }
  await press(page, 'toggle-details');
  await press(page, '.drawer [data-testid=show-diff]');
  await see(page, 'diff-file');
  await fits(page);
});

test('a diff of many files fits a phone', async () => {
  const { stack, page: open } = web();
  const make =
    'mkdir -p many && for i in $(seq 1 200); do seq 1 5 > many/a-rather-long-file-name-$i.txt; done';
  stack.model.script('many', [{ calls: [bash(make)] }, done()]);
  const session = await stack.ask('Make many #many');
  await session.finished();
  const page = await open(`/sessions/${session.sessionId}/diff`, small);
  await reads(page, 'diff', '200 files changed');
  expect(await overflowing(page)).toEqual([]);
});

test('large work: its parts are changed in a form, approved, and seen at work, also on a phone', async () => {
  const { stack, page: open, sessionPage } = web();
  const part = (id: string, needs: string[] = []) => ({
    ...{ id, agent: 'builder', goal: `Do ${id} #part-${id}`, check: `test -s ${id}.md`, needs },
  });
  stack.model.script('parts', [
    {
      calls: [
        {
          tool: 'propose_workflow',
          input: { title: 'Version two', nodes: [part('one'), part('two', ['one']), part('three', ['one'])] },
        },
      ],
    },
    done('Three parts.'),
  ]);
  const hold = gate();
  stack.model.script('part-one', [{ calls: [write('one.md', 'x')] }, done('One is done.')]);
  stack.model.script('part-two', [
    { say: ['I look', hold.wait], calls: [write('two.md', 'x')] },
    done('Two.'),
  ]);
  const page = await open('/');
  await until(page, () => document.querySelector('select')?.value === 'sample', []);
  await press(page, 'large-toggle');
  await type(page, 'new-session-text', 'Move to two #parts');
  await page.keyboard.press('Enter');
  await until(page, () => location.pathname.startsWith('/sessions/'), []);
  await reads(page, 'approval', 'Version two: 3 parts wait for approval');
  // What somebody says yes to stands there whole.
  await reads(page, 'workflow-node', /Do one #part-one.*Done when test -s one\.md ends well/s);
  const sessionId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  const small = await sessionPage(sessionId, { viewport: phone });
  await see(small, 'approve');
  await press(page, 'edit-workflow');
  const third = '[data-testid=node-form][data-node=three]';
  await press(small, 'edit-workflow');
  await see(small, third);
  await fits(small);
  // What the graph cannot be is said where it is changed.
  await type(page, `${third} [data-testid=node-needs]`, ', nine');
  await press(page, 'approve');
  await reads(page, 'approval', 'Node three: it needs nine, which is no node.');
  await press(page, `${third} [data-testid=node-remove]`);
  await gone(page, third);
  await press(page, 'approve');
  const node = (id: string, status: string) =>
    `[data-testid=workflow-node][data-node=${id}][data-status=${status}]`;
  for (const shown of [page, small]) {
    await reads(shown, node('one', 'done'), /one.*done.*builder/s);
    await reads(shown, node('two', 'running'), /works.*after one/s);
    await reads(shown, 'workflow-toggle', '1 of 2 parts done, 1 at work');
    await gone(shown, '[data-testid=workflow-node][data-node=three]');
  }
  await fits(small);
  const folder = process.env.DECKHAND_PICTURES;
  if (folder) {
    await page.screenshot({ path: `${folder}/workflow.png` });
    await small.screenshot({ path: `${folder}/workflow-phone.png` });
  }
  hold.open();
  await reads(page, 'workflow-toggle', '2 of 2 parts done');
  await reads(page, 'turn-end', 'Done');
  expect(stack.model.askings('part-three')).toEqual([]);
});
