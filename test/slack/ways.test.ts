import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, gate, todo } from '../emulators/model/index.ts';
import { elementsOf } from '../emulators/slack/index.ts';
import { saysOf } from '../support/slackStack.ts';
import { threadOf } from '../support/slackThread.ts';
import { openSlackWays, type SlackWays } from '../support/slackWays.ts';
import { watch } from '../support/watch.ts';

let ways: SlackWays;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deckhand-policy-'));
  const policy = join(folder, 'policy.yaml');
  await writeFile(policy, 'budgets: {turn: {tokens: 2000}, session: {tokens: 3000}}\n');
  ways = await openSlackWays({ DECKHAND_POLICY: policy });
});
afterAll(async () => {
  await ways?.dispose();
  await rm(folder, { recursive: true, force: true });
});

test('where nothing tells the repository a menu asks, and the choice goes on and is remembered', async () => {
  const { stack, slack, mention } = ways;
  stack.model.script('vague', [done('Done in billing.')]);
  const first = await slack.people.say(ways.ana, ways.general.id, `${mention} make it faster #vague`, {
    times: 2,
  });
  const thread = threadOf(slack, first);
  const menu = await thread.says(/Which repository/);
  expect(elementsOf(menu).map(({ text }) => text?.text)).toContain('None of these');
  await slack.people.click(ways.ben, menu, 'choose:menu', 'billing');
  await thread.says(/Done in billing/);
  await slack.until(() => /chosen by Ben Okoro/.test(saysOf(menu)), 'who chose');
  expect(thread.count(/Which repository/)).toBe(0);
  const session = await ways.sessionOf(first);
  expect(session.repo).toBe('billing');
  expect(session.authors.map(({ name }) => name)).toEqual(['Ana Lima']);
  // The next vague one in this channel needs no menu.
  stack.model.script('again', [done('Billing again.')]);
  const second = await slack.people.say(ways.ben, ways.general.id, `${mention} and this one #again`);
  await threadOf(slack, second).says(/Billing again/);
  expect((await ways.sessionOf(second)).repo).toBe('billing');
});

test('a reply that names the repository answers the menu; none of these drops the message', async () => {
  const { stack, slack, mention } = ways;
  const channel = slack.workspace.channel('somewhere');
  stack.model.script('reply', [done('Chosen by a reply.')]);
  const first = await slack.people.say(ways.ana, channel.id, `${mention} tidy it up #reply`);
  const thread = threadOf(slack, first);
  await thread.says(/Which repository/);
  await slack.people.say(ways.ana, channel.id, 'the shop one', { thread: first.ts });
  await thread.says(/Chosen by a reply/);
  expect((await ways.sessionOf(first)).repo).toBe('shop');

  const other = slack.workspace.channel('elsewhere');
  const dropped = await slack.people.say(ways.ana, other.id, `${mention} whatever you like`);
  const menu = await threadOf(slack, dropped).says(/Which repository/);
  await slack.people.click(ways.ana, menu, 'None of these');
  await slack.until(() => /None of them, says Ana Lima/.test(saysOf(menu)), 'that it was dropped');
  // By this a bot that starts again knows that it was not missed.
  const isSigned = () => dropped.reactions.some(({ name }) => name === 'no_entry_sign');
  await slack.until(isSigned, 'the sign that it was dropped');
  await expect(ways.sessionOf(dropped)).rejects.toThrow('no session');
});

test('stop as a word and as a button ends the turn while the model still thinks; retry runs it again', async () => {
  const { stack, slack } = ways;
  const word = await ways.busy('stopped');
  await slack.people.say(ways.ben, ways.general.id, 'stop!', { thread: word.first.ts });
  const end = await word.thread.says(/"text":"Retry"/);
  word.open();
  stack.model.script('stopped', [done('Ran again.')]);
  await slack.people.click(ways.ben, end, 'Retry');
  await word.thread.says(/Ran again/);
  await slack.until(() => /Retried by Ben Okoro/.test(saysOf(end)), 'who retried');

  const button = await ways.busy('pressed');
  await slack.people.click(ways.ben, button.live, 'Stop');
  await button.thread.says(/:black_square_for_stop: \*Stopped/);
  button.open();
});

test('what waits says its place, can be cancelled, edited and taken back with its message', async () => {
  const { slack, stack } = ways;
  const { first, thread, open } = await ways.busy('line');
  // One after the other: Slack tells of messages by themselves, and the first that is taken is the first in line.
  const second = await slack.people.say(ways.ben, ways.general.id, 'second thing', { thread: first.ts });
  await thread.says(/next in line/);
  const third = await slack.people.say(ways.ana, ways.general.id, 'third thing', { thread: first.ts });
  await thread.says(/2nd in line/);
  const fourth = await slack.people.say(ways.ben, ways.general.id, 'fourth thing', { thread: first.ts });
  const last = await thread.says(/3rd in line/);
  stack.model.script('edited', [done('Read the edited one.')]);
  await slack.people.edit(third, 'third thing, edited #edited');
  await slack.people.delete(second);
  await slack.people.click(ways.ben, last, 'Cancel it');
  await slack.until(() => /Taken out of the queue by Ben/.test(saysOf(last)), 'that it was cancelled');
  // Slack tells of each by itself, in any order.
  const session = watch(stack.client, (await ways.sessionOf(fourth)).id);
  await session.event('prompt.edited');
  await session.event('prompt.cancelled', 2);
  open();
  await thread.says(/Read the edited one/);
  expect(session.all('prompt.cancelled')).toHaveLength(2);
  expect(session.all('turn.started')).toHaveLength(2);
});

test('a question is answered by a button, once', async () => {
  const { stack, slack, mention } = ways;
  const ask = { tool: 'ask', input: { question: 'Which one?', choices: ['Red', 'Blue'] } };
  stack.model.script('colour', ({ messages }) =>
    messages.at(-1)?.text.includes('Blue') ? done('Blue it is.') : { calls: [ask] },
  );
  const first = await slack.people.say(ways.ana, ways.general.id, `${mention} in shop paint it #colour`);
  const thread = threadOf(slack, first);
  const question = await thread.says(/"text":"Blue"/);
  await slack.people.click(ways.ben, question, 'Blue');
  await slack.until(() => /Ben Okoro answered: Blue/.test(saysOf(question)), 'the answer');
  expect(elementsOf(question)).toEqual([]);
  const session = await ways.sessionOf(first);
  const log = await stack.client.http['events.list']({ sessionId: session.id, limit: 500 });
  if (!log.ok) throw new Error(log.message);
  const prompts = log.events.filter(({ type }) => type === 'prompt.queued');
  expect(prompts.map(({ data, actor }) => [(data as { text: string }).text, actor.name])[1]).toEqual([
    'Blue',
    'Ben Okoro',
  ]);
});

test('a thread may say which model is to answer; one that is not there is said to whoever asked', async () => {
  const { stack, slack, mention } = ways;
  stack.model.script('chosen', [done('Another answers.')]);
  stack.model.script('chosen-more', [done('And goes on.')]);
  const first = await slack.people.say(
    ...([ways.ana, ways.general.id, `${mention} model:scripted-2 in shop go on #chosen`] as const),
  );
  const thread = threadOf(slack, first);
  await thread.says(/Another answers/);
  await slack.people.say(ways.ana, ways.general.id, 'and more #chosen-more', { thread: first.ts });
  await thread.says(/And goes on/);
  const asked = ['chosen', 'chosen-more'].flatMap(name => stack.model.askings(name));
  expect(asked.map(({ model }) => model)).toEqual(['scripted-2', 'scripted-2']);
  // It is no word of the prompt.
  expect(asked[0]?.messages.at(-1)?.text).not.toContain('scripted-2');
  await slack.people.say(ways.ana, ways.general.id, 'model:gpt-9 once more', { thread: first.ts });
  await thread.whispered(/no model gpt-9 here.*scripted-2/);
});

test('“now:” sends a message to the turn that runs, and the thread says when the agent has it', async () => {
  const { stack, slack, mention } = ways;
  const hold = gate();
  stack.model.script('live', [
    { say: ['Half', hold.wait], calls: [todo(['Go on', 'in_progress'])] },
    done('Used tabs.'),
  ]);
  const first = await slack.people.say(ways.ana, ways.general.id, `${mention} in shop go on #live`);
  const thread = threadOf(slack, first);
  await thread.says(/Stop/);
  await stack.model.asked('live');
  await slack.people.say(ways.ben, ways.general.id, 'now: use tabs', { thread: first.ts });
  const waits = await thread.says(/Ben Okoro: \*Sent now\*/);
  hold.open();
  await thread.says(/Used tabs/);
  await slack.until(() => /Sent now. The agent has it/.test(saysOf(waits)), 'that it was read');
  expect(elementsOf(waits)).toEqual([]);
  const read = stack.model.askings('live').at(-1)?.messages.at(-1);
  expect(read).toMatchObject({ role: 'user', text: 'Ben Okoro: use tabs' });
});

test('“plan:” asks for a plan; it is edited in a window, approved or refused by buttons, and says by whom', async () => {
  const { stack, slack, mention } = ways;
  stack.model.script('think', [done('1. Mend the *cart* #mended')]);
  stack.model.script('mended', [done('Mended it.')]);
  stack.model.script('edited-plan', [done('Did it the other way.')]);
  const first = await slack.people.say(ways.ana, ways.general.id, `${mention} plan: in shop mend it #think`);
  const thread = threadOf(slack, first);
  const asked = await thread.says(/This plan waits for approval/);
  expect(await thread.says(/Mend the/)).toBeDefined();
  expect(stack.model.askings('think')[0]?.tools).not.toContain('bash');
  await slack.people.click(ways.ben, asked, 'Edit');
  const window = await slack.until(
    () => [...slack.workspace.views.values()].find(view => JSON.stringify(view).includes('Mend the *cart*')),
    'a window with the plan',
  );
  const value = 'Do it the other way #edited-plan';
  await slack.people.submit(ways.ben, window, { plan: { plan: { type: 'plain_text_input', value } } });
  await thread.says(/Did it the other way/);
  await slack.until(() => /\*Plan approved\* by Ben Okoro, edited/.test(saysOf(asked)), 'who approved');
  expect(elementsOf(asked)).toEqual([]);
  const read = stack.model.askings('edited-plan')[0]?.messages.at(-1)?.text;
  expect(read).toBe(`Ben Okoro: The plan is approved. Carry it out:\n\n${value}`);
  // Somebody who still has the window open comes too late.
  await slack.people.submit(ways.ana, window, { plan: { plan: { type: 'plain_text_input', value } } });
  await thread.whispered(/Ben Okoro approved this plan already/);

  await slack.people.say(ways.ana, ways.general.id, 'plan: and again #think', { thread: first.ts });
  const again = await thread.says(/This plan waits for approval/);
  await slack.people.click(ways.ben, again, 'Refuse');
  await slack.until(() => /\*Plan refused\* by Ben Okoro/.test(saysOf(again)), 'who refused');
  expect(stack.model.askings('mended')).toEqual([]);
});

test('a message that begins with an agent’s name is that agent’s, in a thread that exists and in one that begins', async () => {
  const { stack, slack, mention } = ways;
  stack.model.script('reviewed', [done('Reviewed.')]);
  stack.model.script('explored', [done('Explored.')]);
  const first = await slack.people.say(
    ways.ana,
    ways.general.id,
    `${mention} @reviewer look at shop #reviewed`,
  );
  const thread = threadOf(slack, first);
  await thread.says(/Reviewed\./);
  await slack.people.say(ways.ben, ways.general.id, `${mention} @explorer where is it #explored`, {
    thread: first.ts,
  });
  await thread.says(/Explored\./);
  const session = watch(stack.client, (await ways.sessionOf(first)).id);
  await session.finished(2);
  expect(session.all('turn.started').map(({ data }) => data.agent?.id)).toEqual(['reviewer', 'explorer']);
  expect(stack.model.askings('reviewed')[0]?.tools).not.toContain('write');
  session.leave();
});

test('Continue goes on where a turn’s budget ended it; a session’s is asked for by a button, and the prompt that waits runs once somebody approves', async () => {
  const { stack, slack, mention } = ways;
  const step = (n: number, input: number) => ({
    calls: [todo([`Part ${n}`, 'pending'])],
    usage: { input, output: 0 },
  });
  stack.model.script('dear', [step(1, 2_200), step(2, 1_000), done('Said at last.')]);
  const first = await slack.people.say(ways.ana, ways.general.id, `${mention} in shop spend it #dear`);
  const thread = threadOf(slack, first);
  const end = await thread.says(/Token budget reached: 2,200 of 2,000 tokens used by this turn/);
  await slack.people.click(ways.ben, end, 'Continue');
  await slack.until(() => /Continued by Ben Okoro/.test(saysOf(end)), 'who let it go on');
  const second = await thread.says(/Token budget reached: 3,200 of 3,000 tokens used by this session/);
  await slack.people.click(ways.ana, second, 'Continue');
  const held = await thread.says(/Your prompt is kept/);
  for (let n = 0; n < 2; n++) await slack.people.click(ways.ben, held, 'Ask for 3,000 tokens more');
  await slack.until(() => /Ben Okoro asked for more/.test(saysOf(held)), 'who asked');
  const asked = await thread.says(/3,000 tokens more```/);
  await slack.people.click(ways.ana, asked, 'Approve');
  await slack.until(() => /\*Approved\* by Ana Lima/.test(saysOf(asked)), 'who approved');
  await thread.says(/Said at last/);
  // Each turn read what the one before had come to.
  const words =
    stack.model
      .askings('dear')
      .at(-1)
      ?.messages.map(({ text }) => text) ?? [];
  expect(words.filter(text => /: Continue$/.test(text))).toEqual([
    'Ben Okoro: Continue',
    'Ana Lima: Continue',
  ]);
  const { id } = await ways.sessionOf(first);
  const used = await stack.client.http['budget.get']({ sessionId: id });
  expect(used).toMatchObject({ budgets: [{ of: 'session', limit: 6_000, raised: 3_000 }] });
});
