import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { done, gate } from '../emulators/model/index.ts';
import type { SlackChannel, SlackUser } from '../emulators/slack/index.ts';
import { openSlackStack, type SlackStack, saysOf, type TestBot } from '../support/slackStack.ts';
import { threadOf } from '../support/slackThread.ts';

let slackStack: SlackStack;
let channel: SlackChannel;
let ana: SlackUser;
let bots: TestBot[] = [];
beforeAll(async () => {
  // No engine: what is told here happens between server and Slack.
  slackStack = await openSlackStack({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
  channel = slackStack.slack.workspace.channel('general');
  ana = slackStack.slack.workspace.user('Ana Lima');
});
afterEach(async () => {
  slackStack.slack.down = false;
  await Promise.all(bots.map(bot => bot.stop()));
  bots = [];
});
afterAll(() => slackStack.dispose());

const start = async (env: Record<string, string> = {}) => {
  const bot = await slackStack.startBot(env);
  bots.push(bot);
  return bot;
};

/** A turn that waits in the middle of its words. */
async function busy(marker: string) {
  const { stack, slack, mention } = slackStack;
  const hold = gate();
  stack.model.script(marker, [{ say: ['Half', hold.wait, ` and the rest of ${marker}.`] }]);
  const first = await slack.people.say(ana, channel.id, `${mention} go on #${marker}`);
  const thread = threadOf(slack, first);
  const live = await thread.says(/Stop/);
  return { first, thread, live, open: hold.open };
}

const promptsOf = async (marker: string) => slackStack.stack.model.askings(marker).length;

test('the same delivery five times, under one id or as two events, is one prompt and one answer', async () => {
  await start();
  const { stack, slack, mention } = slackStack;
  stack.model.script('twice', [done('Only once.')]);
  const message = await slack.people.say(ana, channel.id, `${mention} once #twice`, { times: 5 });
  const thread = threadOf(slack, message);
  await thread.says(/Only once/);
  await slack.people.tell(message, { times: 3 });
  await slack.until(() => message.reactions.some(({ name }) => name === 'white_check_mark'), 'its end');
  expect(await promptsOf('twice')).toBe(1);
  expect(thread.count(/Only once/)).toBe(1);
  const late = slack.deliverer.deliveries.filter(({ ackMs }) => ackMs === null || ackMs > 3_000);
  expect(late).toEqual([]);
});

test('a reply that is heard before what it replies to is not lost', async () => {
  await start();
  const { stack, slack, mention } = slackStack;
  stack.model.script('root', [done('The root is done.')]);
  stack.model.script('reply', [done('The reply is done.')]);
  const first = slack.people.write(ana, channel.id, `${mention} go #root`);
  const reply = slack.people.write(ana, channel.id, 'and more #reply', { thread: first.ts });
  await slack.people.tell(reply);
  await slack.people.tell(first);
  const thread = threadOf(slack, first);
  await thread.says(/The root is done/);
  await thread.says(/The reply is done/);
  expect(await promptsOf('reply')).toBe(1);
});

test('two bots show a thread once', async () => {
  await start();
  await start();
  const { slack } = slackStack;
  const { first, thread, open } = await busy('pair');
  await slack.people.tell(first, { times: 6 });
  open();
  await thread.says(/the rest of pair/);
  await slack.until(() => first.reactions.some(({ name }) => name === 'white_check_mark'), 'its end');
  expect(thread.replies()).toHaveLength(2);
});

test('a bot that is killed in mid-turn is followed by another that goes on where it was', async () => {
  const killed = await start();
  const { slack, stack } = slackStack;
  const { first, thread, open } = await busy('killed');
  await killed.crash();
  bots = [];
  // Written while nobody listens: two replies, of which one is for nobody here.
  stack.model.script('meanwhile', [done('I read that, too.')]);
  slack.people.write(ana, channel.id, 'and this #meanwhile', { thread: first.ts });
  slack.people.write(ana, channel.id, 'aside: a long day', { thread: first.ts });
  open();
  await start();
  await thread.says(/the rest of killed/);
  await thread.says(/I read that, too/);
  expect(thread.count(/the rest of killed/)).toBe(1);
  expect(thread.replies().filter(message => message.streaming)).toEqual([]);
  // One message for each turn while it ran, one for each end, and at most one that said "queued".
  const others = thread.replies().filter(message => !/Queued/.test(saysOf(message)));
  expect(others).toHaveLength(4);
});

test('while the server is away that is said once, in the message that is there, and then it catches up', async () => {
  await start();
  const { stack, slack } = slackStack;
  // Updates can say it; a native stream only shows steps.
  slack.fault('chat.startStream', { error: 'unknown_method' });
  const { thread, live, open } = await busy('away');
  await slack.until(() => live.edits > 0, 'some progress');
  const before = thread.replies().length;
  await stack.server.crash();
  await slack.until(
    () => thread.replies().some(message => /does not answer for now/.test(saysOf(message))),
    'that it is away',
  );
  expect(thread.replies()).toHaveLength(before);
  // A message that comes meanwhile is kept.
  stack.model.script('kept', [done('Kept and done.')]);
  const message = await slack.people.say(ana, channel.id, `${slackStack.mention} keep this #kept`);
  await threadOf(slack, message).whispered(/I keep your message/);
  expect(slack.deliverer.deliveries.at(-1)?.ackMs).toBeLessThan(3_000);
  open();
  await stack.server.restart();
  await thread.says(/the rest of away/);
  await threadOf(slack, message).says(/Kept and done/);
  await slack.until(() => thread.count(/does not answer/) === 0, 'that it is not away any more');
  // The live message may show the words for a moment beside the end that takes its place.
  await slack.until(() => threadOf(slack, message).count(/Kept and done/) === 1, 'the end, once');
});

test('while Slack is away nothing is lost, and afterwards the end is there once', async () => {
  await start();
  const { slack } = slackStack;
  const { thread, open } = await busy('outage');
  slack.down = true;
  open();
  await slack.until(() => slack.calls.filter(({ answer }) => answer === 'cut').length > 3, 'some tries');
  slack.down = false;
  await thread.says(/the rest of outage/);
  expect(thread.count(/the rest of outage/)).toBe(1);
});

test('an answer of Slack that is lost is looked for before it is posted again', async () => {
  await start();
  const { slack } = slackStack;
  const { thread, open, first } = await busy('lost');
  slack.fault('chat.postMessage', { lost: true });
  open();
  await slack.until(() => first.reactions.some(({ name }) => name === 'white_check_mark'), 'its end');
  expect(thread.count(/the rest of lost/)).toBe(1);
});

test('when Slack wants a pause it gets it', async () => {
  await start();
  const { slack } = slackStack;
  const { thread, open } = await busy('pause');
  slack.fault('chat.postMessage', { retryAfter: 1 });
  open();
  await thread.says(/the rest of pause/);
  const posts = slack.calls.filter(({ method }) => method === 'chat.postMessage');
  const refused = posts.findLastIndex(({ answer }) => answer === 'ratelimited');
  const [no, yes] = [posts[refused], posts[refused + 1]];
  expect((yes?.atMs ?? 0) - (no?.atMs ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test('a message of ours that somebody deletes is not put back, and the end is told all the same', async () => {
  await start();
  const { thread, open } = await busy('deleted');
  const [live] = thread.replies();
  if (live) live.deleted = true;
  open();
  await thread.says(/the rest of deleted/);
  expect(thread.replies()).toHaveLength(1);
});

test('a channel that is archived is left, and taken up again when somebody writes there', async () => {
  await start();
  const { slack, stack, mention } = slackStack;
  const other = slack.workspace.channel('short-lived');
  const hold = gate();
  stack.model.script('archived', [{ say: ['Half', hold.wait, ' an answer.'] }]);
  const first = await slack.people.say(ana, other.id, `${mention} go on #archived`);
  const thread = threadOf(slack, first);
  await thread.says(/Stop/);
  other.is_archived = true;
  hold.open();
  await slack.until(() => slack.calls.some(({ answer }) => answer === 'is_archived'), 'a refusal');
  const calls = () => slack.calls.filter(({ answer }) => answer === 'is_archived').length;
  other.is_archived = false;
  stack.model.script('again', [done('Here again.')]);
  await slack.people.say(ana, other.id, 'and now? #again', { thread: first.ts });
  await thread.says(/Here again/);
  expect(calls()).toBeLessThan(5);
});

test('an app that is uninstalled ends its bot and is forgotten', async () => {
  const bot = await start();
  const { slack, stack } = slackStack;
  await slack.people.event({ type: 'app_uninstalled' });
  expect(await bot.ended()).toBe(0);
  bots = [];
  const left = await stack.client.http['thread.list']({ provider: 'slack', workspace: 'T0DECK', all: true });
  expect(left).toMatchObject({ ok: true, threads: [] });
});
