import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done } from '../emulators/model/index.ts';
import { elementsOf } from '../emulators/slack/index.ts';
import { saysOf } from '../support/slackStack.ts';
import { threadOf } from '../support/slackThread.ts';
import { openSlackWays, type SlackWays } from '../support/slackWays.ts';
import { watch } from '../support/watch.ts';

let ways: SlackWays;
beforeAll(async () => {
  ways = await openSlackWays();
});
afterAll(() => ways.dispose());

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
