import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, write } from '../emulators/model/index.ts';
import { confirmLink, linkIn } from '../support/accountLink.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { person } from '../support/person.ts';
import { openSlackStack, type SlackStack, saysOf } from '../support/slackStack.ts';
import { threadOf } from '../support/slackThread.ts';
import { told } from '../support/told.ts';

let github: GithubStack;
let slackStack: SlackStack;
beforeAll(async () => {
  github = await openGithubStack(['shop']);
  slackStack = await openSlackStack({}, { stack: github });
  await slackStack.startBot();
});
afterAll(() => slackStack.dispose());

test('from a mention in Slack to the merged pull request of who asked, told in the thread all the way', async () => {
  const { slack, stack, mention } = slackStack;
  const { workspace, people } = slack;
  const ana = workspace.user('Ana Lima');
  const ben = workspace.user('Ben Okoro');
  const channel = workspace.channel('checkout');
  const access = { 'acme/shop': 'write' } as const;
  for (const login of ['ana', 'cleo']) github.github.person(login, { orgs: ['acme'], access });

  // She has not linked GitHub: the work is done and pushed, its pull request waits for her.
  stack.model.script('price', [{ calls: [write('price.txt', 'one\n')] }, done('The price is shown.')]);
  const asked = await people.say(ana, channel.id, `${mention} in shop show the price #price`);
  const thread = threadOf(slack, asked);
  const offer = await thread.whispered(/Link GitHub/);
  const end = await thread.says(/The price is shown/);
  // To sign in on the page would not say whose account in Slack that is: only the link of the offer does.
  expect(saysOf(end)).toMatch(/The pull request is opened when Ana Lima links GitHub\./);
  expect(github.github.pulls).toHaveLength(0);

  // She links: it is opened as hers, and the thread says so.
  const { browser } = await person(github.server, github.github, 'ana');
  await confirmLink(browser, linkIn(offer));
  const pull = await told(() => github.github.pulls[0]);
  expect(pull).toMatchObject({ number: 1, author: 'ana', base: 'main', state: 'open' });
  await thread.says(/Pull request #1/);

  // Somebody else adds to it in the thread: the same pull request, a commit of his.
  stack.model.script('tax', [{ calls: [write('tax.txt', 'two\n')] }, done('Tax is shown.')]);
  await people.say(ben, channel.id, 'and the tax #tax', { thread: asked.ts });
  await thread.says(/Tax is shown/);
  const authors = github.git('shop', 'log', '--reverse', '--format=%an', `main..${pull.branch}`);
  expect(authors.split('\n')).toEqual(['Ana Lima', 'Ben Okoro']);
  expect(github.github.pulls).toHaveLength(1);

  // A review on GitHub is worked on, and what came of it stands in both places.
  stack.model.script('currency', [
    { calls: [write('price.txt', 'one euro\n')] },
    done('The currency is there now.'),
  ]);
  const reviewed = await github.github.review(1, 'cleo', {
    state: 'CHANGES_REQUESTED',
    lines: [{ path: 'price.txt', line: 1, body: 'Which currency? #currency' }],
  });
  await thread.says(/The currency is there now/);
  await told(() => github.github.lines.find(({ inReplyTo }) => inReplyTo === reviewed.lineIds[0]));
  expect(github.git('shop', 'show', `${pull.branch}:price.txt`)).toBe('one euro');

  // Merged there: told here.
  await github.github.review(1, 'cleo', { state: 'APPROVED' });
  await github.github.merge(1, 'cleo');
  expect(saysOf(await thread.says(/was merged/))).toMatch(/Pull request #1.* was merged by cleo/);
  expect(github.git('shop', 'show', 'main:price.txt')).toBe('one euro');
});
