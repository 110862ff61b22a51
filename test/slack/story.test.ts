import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import type { SlackMessage } from '../emulators/slack/index.ts';
import { createSlackRepos, type SlackRepos } from '../support/slackRepos.ts';
import { openSlackStack, type SlackStack, saysOf } from '../support/slackStack.ts';

let slackStack: SlackStack;
let repos: SlackRepos;
beforeAll(async () => {
  repos = await createSlackRepos();
  slackStack = await openSlackStack({ DECKHAND_REPOS: repos.file, DECKHAND_FAST_MODEL: 'scripted-fast' });
  await slackStack.startBot();
});
afterAll(async () => {
  await slackStack.dispose();
  await repos.remove();
});

/** A message of the bot in a thread that says something. */
const said = (thread: SlackMessage, what: string | RegExp) =>
  slackStack.slack.until(
    () =>
      slackStack.slack.workspace
        .thread(thread.channel, thread.ts)
        .find(message => message.bot_id && saysOf(message).match(what)),
    `${what}`,
  );

test('from a mention to a change: asked, answered, queued, and a commit by each for their part', async () => {
  const { stack, slack, mention } = slackStack;
  const { workspace, people } = slack;
  const bugs = workspace.channel('checkout-bugs');
  const ana = workspace.user('Ana Lima');
  const ben = workspace.user('Ben Okoro');
  const hold = gate();
  stack.model.script('cart', [
    { say: 'I look at the cart.', calls: [bash('npm test; echo looked')] },
    {
      calls: [{ tool: 'ask', input: { question: 'Keep the old total?', choices: ['Keep it', 'Drop it'] } }],
    },
  ]);
  stack.model.script('drop', [
    { say: ['Dropping', hold.wait, ' it.'], calls: [write('CART.md', 'dropped\n')] },
    done('Dropped the **old total** from `CART.md`.'),
  ]);
  stack.model.script('label', [{ calls: [write('LABEL.md', 'label\n')] }, done('Added the label.')]);

  const began = Date.now();
  const asked = await people.say(ana, bugs.id, `${mention} the total is wrong #cart`);
  await slack.until(() => asked.reactions.some(({ name }) => name === 'eyes'), 'a reaction');
  const firstSignMs = Date.now() - began;
  // The question comes with its choices as buttons, and to whoever asked.
  const question = await said(asked, /"text":"Drop it"/);
  expect(saysOf(question)).toContain(`<@${ana.id}>`);
  expect(saysOf(question)).toContain('Keep the old total?');
  expect(question.thread_ts).toBe(asked.ts);
  const sessions = await stack.client.http['session.list']({});
  if (!sessions.ok) throw new Error(sessions.message);
  expect(sessions.sessions[0]).toMatchObject({ repo: 'shop', state: 'waiting', origin: 'slack' });

  // Answered in words in the thread, without another mention.
  await people.say(ana, bugs.id, 'Drop it please #drop', { thread: asked.ts });
  const asking = await stack.model.asked('drop');
  expect(asking.messages.findLast(({ role }) => role === 'user')?.text).toContain('Drop it please');
  await people.say(ben, bugs.id, 'And add a label #label', { thread: asked.ts });
  const queued = await said(asked, /Queued, next in line/);
  expect(saysOf(queued)).toContain('Ben Okoro');
  // What is said to somebody else is left alone.
  await people.say(ben, bugs.id, `<@${ana.id}> lunch?`, { thread: asked.ts });
  await people.say(ben, bugs.id, 'aside: I doubt it', { thread: asked.ts });
  hold.open();
  const first = await said(asked, /Dropped the/);
  expect(saysOf(first)).toContain('CART.md');
  expect(saysOf(first)).toMatch(/1 file changed, \+1 −0/);
  expect(saysOf(first)).toContain('tokens');
  await said(asked, /Added the label/);

  const [session] = sessions.sessions;
  if (!session) throw new Error('no session');
  const log = await stack.client.http['events.list']({ sessionId: session.id, limit: 500 });
  if (!log.ok) throw new Error(log.message);
  const prompts = log.events.filter(({ type }) => type === 'prompt.queued');
  expect(prompts.map(({ actor }) => [actor.name, actor.userId, actor.via])).toEqual([
    ['Ana Lima', `slack:T0DECK/${ana.id}`, 'cli'],
    ['Ana Lima', `slack:T0DECK/${ana.id}`, 'cli'],
    ['Ben Okoro', `slack:T0DECK/${ben.id}`, 'cli'],
  ]);
  const opened = log.events.find(({ type }) => type === 'change.opened');
  const { branch } = (opened?.data ?? {}) as { branch?: string };
  const authors = await repos.shop.git('log', '--reverse', '--format=%an|%s', `main..${branch}`);
  expect(authors.split('\n').map(line => line.split('|')[0])).toEqual(['Ana Lima', 'Ben Okoro']);
  await slack.until(
    () => asked.reactions.some(({ name }) => name === 'question'),
    'the outcome as a reaction',
  );
  expect(firstSignMs).toBeLessThan(10_000);
});

test('a sandbox of the likely repository warms while the fast model still thinks', async () => {
  const { stack, slack, mention } = slackStack;
  const hold = gate();
  const answer = JSON.stringify({ repo: 'billing', confidence: 0.9, alternatives: [] });
  stack.model.script('refund', ({ messages }) =>
    // The same message goes to both models; only the fast one gets it as JSON.
    messages.at(-1)?.text.includes('threadBefore') ? { say: [hold.wait, answer] } : done('Looked into it.'),
  );
  const ana = slack.workspace.user('Ana Again');
  const random = slack.workspace.channel('random');
  const asked = await slack.people.say(ana, random.id, `${mention} one refund came twice #refund`);
  await stack.model.asked('refund');
  const warming = async () => {
    const listed = await stack.client.http['sandbox.list']({});
    return listed.ok
      ? listed.sandboxes.find(({ owner, repo }) => owner === 'warmup' && repo === 'billing')
      : undefined;
  };
  let warm = await warming();
  for (; !warm; warm = await warming()) await new Promise(resolve => setTimeout(resolve, 50));
  hold.open();
  await said(asked, /Looked into it/);
  const listed = await stack.client.http['sandbox.list']({});
  const taken = listed.ok
    ? listed.sandboxes.find(({ sandboxId }) => sandboxId === warm.sandboxId)
    : undefined;
  expect(taken).toMatchObject({ owner: 'session', repo: 'billing' });
});
