import { expect, test } from '@jest/globals';
import { bash, done, gate, summaryMarker, todo, write } from '../emulators/model/index.ts';
import { inside } from '../support/sandbox.ts';
import { phone } from './browser.ts';
import { countOf, gone, press, pressNamed, reads, see, send, textsOf, until } from './look.ts';
import { openWeb } from './web.ts';

/** Sessions are summed up early: what it looks like is of interest here. */
const web = openWeb({ DECKHAND_CONTEXT_MESSAGES: '12', DECKHAND_CONTEXT_KEEP: '4' });

/** A session that has ended its first turn, so that a page can be there before the next one begins. */
async function quiet(marker: string) {
  const { stack, sessionPage } = web();
  stack.model.script(`${marker}-first`, [done('Ready.')]);
  const session = await stack.ask(`Begin #${marker}-first`);
  await session.finished();
  return { session, page: await sessionPage(session.sessionId) };
}

test('words are there while the model still speaks', async () => {
  const { page } = await quiet('stream');
  const first = gate();
  const second = gate();
  web().stack.model.script('stream', [
    { say: ['The first ', 'words', first.wait, ' and **more**', second.wait, '.'] },
  ]);
  await send(page, 'Speak #stream');
  await reads(page, 'live-message', /^The first words$/);
  await reads(page, 'session-state', 'Running');
  expect(await page.title()).toMatch(/^●/);
  first.open();
  await reads(page, 'live-message', /^The first words and more$/);
  expect(await countOf(page, '.dh-message strong')).toBe(1);
  second.open();
  await gone(page, 'live-message');
  await reads(page, '[data-kind=message]:nth-last-child(2)', /^The first words and more\.$/);
  await reads(page, 'session-state', 'Idle');
});

test('a command shows its output as it comes; done, it is one line that opens to input and colours', async () => {
  const { page, session } = await quiet('tool');
  const script =
    'printf "\\033[31mred\\033[0m and plain\\n"\nwhile [ ! -e /tmp/go ]; do sleep 0.05; done\necho last line';
  web().stack.model.script('tool', [{ calls: [bash(script)] }, done()]);
  await send(page, 'Run it #tool');
  await reads(page, 'live-output', 'red and plain');
  expect((await textsOf(page, 'live-output')).join()).not.toContain('last line');
  await inside(session.sessionId, 'touch /tmp/go');
  await reads(page, 'turn-end', 'Done');
  await gone(page, 'live-output');
  const line = await see(page, '[data-testid=tool][data-state=ok]');
  expect(await line.evaluate(part => part.getAttribute('aria-expanded'))).toBe('false');
  expect(await countOf(page, '.dh-output')).toBe(0);
  await press(page, 'tool');
  await reads(page, '.dh-output-input', 'while [ ! -e /tmp/go ]');
  await reads(page, '.dh-output-output', /red and plain\s+last line/);
  const colours = await page.$$eval('.dh-output-output span', parts =>
    parts.map(part => [part.textContent, getComputedStyle(part).color]),
  );
  const plain = await page.$eval('.dh-output-output', part => getComputedStyle(part).color);
  expect(colours.find(([text]) => text === 'red')?.[1]).not.toBe(plain);
  await press(page, 'tool');
  await gone(page, '.dh-output');
});

test('a command that fails looks failed and says how', async () => {
  const { page } = await quiet('fails');
  web().stack.model.script('fails', [{ calls: [bash('echo why >&2; exit 3')] }, done()]);
  await send(page, 'Fail #fails');
  await see(page, '[data-testid=tool][data-state=failed]');
  await reads(page, 'tool', 'exit code 3');
  await press(page, 'tool');
  await reads(page, '.dh-output-output', 'why');
});

test('what a reader opens stays where it was pressed, however much it brings', async () => {
  const { page } = await quiet('opens');
  web().stack.model.script('opens', [{ calls: [bash('seq 1 300')] }, done('Counted.')]);
  await send(page, 'Count #opens');
  await reads(page, '.dh-items > :last-child', 'Done');
  const line = await see(page, '[data-testid=tool][data-state=ok]');
  const top = () => line.evaluate(part => part.getBoundingClientRect().top);
  const before = await top();
  await press(page, 'tool');
  await reads(page, '.dh-output-output', '300');
  await see(page, 'jump-to-latest');
  expect(await top()).toBe(before);
  await press(page, 'tool');
  await gone(page, '.dh-output');
  await gone(page, 'jump-to-latest');
  expect(await top()).toBe(before);
});

test('of a long output both ends are shown and the whole is a download', async () => {
  const { page, session } = await quiet('long');
  web().stack.model.script('long', [{ calls: [bash('seq 1 30000')] }, done()]);
  await send(page, 'Count #long');
  await reads(page, '.dh-items > :last-child', 'Done');
  await press(page, 'tool');
  const link = await see(page, 'whole-output');
  const [href, download] = await link.evaluate(part => [
    (part as HTMLAnchorElement).href,
    part.hasAttribute('download'),
  ]);
  expect(href).toContain(`/api/sessions/${session.sessionId}/artifacts/art_`);
  expect(download).toBe(true);
  const whole = await page.evaluate(async url => (await fetch(String(url))).text(), href);
  expect(whole.split('\n').slice(0, 30_000).at(-1)).toBe('30000');
});

test('the stop button stops the turn and goes away', async () => {
  const { page, session } = await quiet('stop');
  const never = gate();
  web().stack.model.script('stop', [{ say: ['It said this much', never.wait, 'and never this'] }]);
  await send(page, 'Talk #stop');
  await reads(page, 'live-message', 'this much');
  await press(page, 'stop');
  await gone(page, 'stop');
  await reads(page, '[data-outcome=stopped]', 'Stopped');
  await reads(page, '.dh-message', /^It said this much$/);
  expect((await session.finished(2)).data.outcome).toBe('stopped');
  // What was said is kept, and it goes on from there.
  await reads(page, 'session-state', 'Stopped');
  await press(page, 'continue');
  expect((await session.event('turn.started', 3)).data.promptIds).toHaveLength(1);
  expect(session.all('prompt.queued').at(-1)?.data.text).toBe('Continue.');
  await session.finished(3);
  await gone(page, 'continue');
});

test('a question is answered by a click on one of its choices', async () => {
  const { page, session } = await quiet('ask');
  const { model } = web().stack;
  const input = { question: 'Which **file**?', choices: ['The left one #left', 'The right one #right'] };
  model.script('ask', [{ calls: [{ tool: 'ask', input }] }]);
  model.script('right', [done('Right it is.')]);
  await send(page, 'Choose #ask');
  await reads(page, 'question', /^Which file\?$/);
  await reads(page, 'session-state', 'Waiting for an answer');
  expect(await textsOf(page, 'choice')).toEqual(input.choices);
  await pressNamed(page, 'The right one #right', 'choices');
  await gone(page, 'choices');
  await reads(page, '.dh-message', 'Right it is.');
  expect((await session.finished(3)).data.outcome).toBe('done');
});

test('a turn that fails says why, looks failed in every list, and is asked again by a button', async () => {
  const { page, session } = await quiet('refused');
  const { stack } = web();
  stack.model.script('refused', [
    {
      faults: [{ fault: 'status', status: 401, message: 'Incorrect API key provided.' }],
      say: 'Now it works.',
    },
  ]);
  await send(page, 'Try #refused');
  await reads(page, '[data-outcome=failed]', 'OPENAI_API_KEY');
  await reads(page, 'session-state', 'Failed');
  const listed = await stack.client.http['session.get']({ sessionId: session.sessionId });
  expect(listed).toMatchObject({ session: { state: 'idle', lastOutcome: 'failed' } });
  // Pressed by many at once it is asked once by each of them.
  const turnId = session.all('turn.finished').at(-1)?.data.turnId ?? '';
  await press(page, 'retry');
  await reads(page, '.dh-message', 'Now it works.');
  await gone(page, 'retry');
  await reads(page, 'session-state', 'Idle');
  expect(session.all('prompt.queued').filter(({ data }) => data.text === 'Try #refused')).toHaveLength(2);
  const late = await stack.client.http['turn.retry']({ sessionId: session.sessionId, turnId });
  expect(late).toMatchObject({ ok: false, code: 'turn_over' });
});

test('a change has a card: its branch to copy, and its diff one click away', async () => {
  const { page, session } = await quiet('change');
  const { stack } = web();
  stack.model.script('change', [
    { calls: [write('NOTES.md', 'one <b>bold</b>\ntwo\n'), bash("sed -i 's/round/floor/' src/duration.js")] },
    done('Changed.'),
  ]);
  await send(page, 'Change #change');
  await see(page, '.dh-timeline [data-testid=change-card]');
  const branch = (await session.event('change.opened')).data.branch;
  expect(await textsOf(page, '.dh-timeline [data-testid=branch]')).toEqual([branch]);
  await page.browserContext().setPermission(stack.server.url, {
    permission: { name: 'clipboard-write' },
    state: 'granted',
  });
  await press(page, '.dh-timeline [data-testid=copy-branch]');
  await see(page, '[aria-label=Copied]');
  await press(page, '.dh-timeline [data-testid=show-diff]');
  await see(page, 'diff-page');
  await until(page, () => document.querySelectorAll('[data-testid=diff-file]').length === 2, []);
  await reads(page, 'diff', '2 files changed +3 −1');
  await reads(page, 'diff-file', 'one <b>bold</b>');
  await reads(page, 'diff-file', 'Math.floor(minutes / 60)');
  await press(page, '.dh-diff-fold');
  await see(page, '.dh-diff-fold[aria-expanded=false]');
  await page.goBack();
  await see(page, 'timeline');
});

test('the share button copies an address that opens the same session', async () => {
  const { page } = await quiet('share');
  const { stack, page: open } = web();
  const context = page.browserContext();
  for (const name of ['clipboard-read', 'clipboard-write'])
    await context.setPermission(stack.server.url, { permission: { name }, state: 'granted' });
  await page.bringToFront();
  await press(page, 'share');
  await reads(page, 'share', 'Copied');
  const address = await page.evaluate(() => navigator.clipboard.readText());
  const other = await open(new URL(address).pathname);
  await reads(other, 'session-title', 'Begin');
});

test('what the agent reads instead of older messages is one quiet line, which opens', async () => {
  const { page } = await quiet('older');
  web().stack.model.script(summaryMarker, [
    done('## Goal\n- count to **six**, for Ana\n## Open\n- the rest'),
  ]);
  web().stack.model.script('older', ({ messages }) => {
    const results = messages.filter(({ role, text }) => role === 'tool' && /part-\d/.test(text)).length;
    return results < 8 && !JSON.stringify(messages).includes('part-6')
      ? { calls: [bash(`echo part-${results + 1}`)] }
      : done('Counted.');
  });
  await send(page, 'Count #older');
  await reads(page, '.dh-items > :last-child', 'Done');
  await reads(page, 'compacted', /^ ?Older messages summed up: .+ to .+ tokens/);
  expect(await countOf(page, 'compacted-summary')).toBe(0);
  await press(page, 'compacted');
  await reads(page, 'compacted-summary', 'count to six, for Ana');
  expect(await countOf(page, '[data-testid=compacted-summary] strong')).toBe(1);
});

test('what a model thinks is one quiet line, live and afterwards, open to whoever wants to read it', async () => {
  const { page } = await quiet('thinks');
  const hold = gate();
  web().stack.model.script('thinks', [{ thinks: ['Is it ', hold.wait, 'Monday?'], say: 'It is.' }]);
  await send(page, 'Think #thinks');
  await reads(page, 'live-reasoning', /^Thinking…/);
  await page.click('[data-testid=live-reasoning] summary');
  await reads(page, 'live-reasoning', 'Is it');
  hold.open();
  await gone(page, 'live-reasoning');
  await reads(page, 'reasoning', /^Thought for/);
  const isOpen = () => page.$eval('[data-testid=reasoning]', part => (part as HTMLDetailsElement).open);
  expect(await isOpen()).toBe(false);
  await page.click('[data-testid=reasoning] summary');
  await reads(page, 'reasoning', 'Is it Monday?');
});

test('the agent’s todo list is a checklist that follows it, whole where there is room, one line on a phone', async () => {
  const { stack, sessionPage } = web();
  const { page, session } = await quiet('todo');
  const hold = gate();
  const next = gate();
  stack.model.script('todo', [
    { calls: [todo(['Read the parser', 'in_progress'], ['Mend it', 'pending'], ['Rename it', 'pending'])] },
    {
      say: ['Read.', hold.wait],
      calls: [todo(['Read the parser', 'done'], ['Mend it', 'in_progress'], ['Rename it', 'dropped'])],
    },
    {
      say: ['Mended.', next.wait],
      calls: [todo(['Read the parser', 'done'], ['Mend it', 'done'], ['Rename it', 'dropped'])],
    },
    done('All done.'),
  ]);
  await send(page, 'Work #todo');
  await reads(page, 'todo', '0 of 3 done');
  const states = (on: typeof page) =>
    on.$$eval('[data-testid=todo-item]', items => items.map(item => item.getAttribute('data-status')));
  expect(await states(page)).toEqual(['in_progress', 'pending', 'pending']);
  hold.open();
  await reads(page, 'todo', '1 of 2 done');
  expect(await states(page)).toEqual(['done', 'in_progress', 'dropped']);
  // Whoever comes late, on a phone.
  const small = await sessionPage(session.sessionId, { viewport: phone });
  await reads(small, 'todo', '1 of 2 doneMend it');
  expect(await countOf(small, 'todo-item')).toBe(0);
  await press(small, 'todo-toggle');
  expect(await states(small)).toEqual(['done', 'in_progress', 'dropped']);
  next.open();
  await session.finished(2);
  // There is nothing left to do.
  await gone(page, 'todo');
});
