import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'puppeteer';
import { done, write } from '../emulators/model/index.ts';
import type { SlackUser } from '../emulators/slack/index.ts';
import { confirmLink } from '../support/accountLink.ts';
import { cliOf } from '../support/cli.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { scriptGrandWork } from '../support/grandWork.ts';
import { insist } from '../support/insist.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { person, type SignedIn } from '../support/person.ts';
import { openSlackStack, type SlackStack, saysOf } from '../support/slackStack.ts';
import { threadOf } from '../support/slackThread.ts';
import { told } from '../support/told.ts';
import { watch } from '../support/watch.ts';
import { entries, lefts } from '../support/workflows.ts';
import { openBrowser, type TestBrowser } from '../web/browser.ts';
import { press, reads, see, type } from '../web/look.ts';

/** A company of three repositories on GitHub, with Slack; Ana has linked both of her accounts. */
let github: GithubStack;
let slackStack: SlackStack;
let browser: TestBrowser;
let ana: SignedIn;
let anaInSlack: SlackUser;

beforeAll(async () => {
  const opening = openBrowser();
  github = await openGithubStack(['shop', 'web', 'site'], { DECKHAND_WORKFLOW_RETRIES: '0' });
  slackStack = await openSlackStack({}, { stack: github });
  browser = await opening;
  await slackStack.startBot();
  const access = { 'acme/shop': 'write', 'acme/web': 'write', 'acme/site': 'write' } as const;
  github.github.person('ana', { orgs: ['acme'], access });
  ana = await person(github.server, github.github, 'ana');
  const { slack } = slackStack;
  anaInSlack = slack.workspace.user('Ana Lima');
  await slack.people.command(anaInSlack, slack.workspace.channel('release').id, 'link');
  const offer = await told(() => slack.people.responses.find(({ user }) => user === anaInSlack.id)?.text);
  await confirmLink(ana.browser, /<(http[^|>]+)\|/.exec(offer)?.[1] ?? '');
  aBug();
  await github.client.http['repo.refresh']({ repo: 'shop' });
});
afterAll(async () => {
  ana?.close();
  await browser?.close();
  await slackStack?.dispose();
});

/** Of shop: an answer that its test finds wrong. */
function aBug(): void {
  const work = join(github.folder, 'work-shop');
  mkdirSync(join(work, '.deckhand'));
  writeFileSync(join(work, 'answer.txt'), 'wrong\n');
  const checks = { test: { run: 'grep -qx right answer.txt', files: ['answer.txt'] } };
  writeFileSync(join(work, '.deckhand', 'environment.json'), JSON.stringify({ checks }));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: work });
  git('add', '-A');
  git('commit', '-qm', 'A bug');
  git('push', '-q', join(github.folder, 'acme', 'shop.git'), 'main');
}

async function mention(text: string) {
  const { slack } = slackStack;
  const channel = slack.workspace.channel('release');
  const first = await slack.people.say(anaInSlack, channel.id, `${slackStack.mention} ${text}`);
  const id = `T0DECK/${first.channel}/${first.ts}`;
  const ask = async () => {
    const found = await github.client.http['thread.get']({ provider: 'slack', id });
    return { ok: found.ok && found.thread?.session !== undefined, found };
  };
  const { found } = await insist(ask);
  const sessionId = (found.ok && found.thread?.session?.id) || '';
  return { thread: threadOf(slack, first), session: watch(ana.client, sessionId) };
}
const pageOf = (sessionId: string): Promise<Page> =>
  browser.as(github.server, ana.browser.cookies, `/sessions/${sessionId}`);
const treeOf = async (sessionId: string) => {
  const asAna = ['--token', ana.browser.cookies.get('deckhand') ?? ''];
  return (await cliOf(github.server)(['tree', sessionId, ...asAna])).stdout;
};
async function crash(): Promise<void> {
  await github.server.crash();
  await github.server.restart();
}

test('a request over three repositories: planned, edited, six tasks, two sessions elsewhere; killed four times, every client tells the truth', async () => {
  const { model } = github;
  const { findGate, threeGate, elsewhereGate, endGate } = scriptGrandWork(model);
  const { thread, session } = await mention('large: in shop move all of it to v2 #grand');
  const { sessionId } = session;
  await session.finished();
  await thread.says(/Version two everywhere/);

  // A person adds a part to the plan, and says yes.
  const page = await pageOf(sessionId);
  await reads(page, 'approval', 'Version two everywhere #grand-plan: 7 parts wait for approval');
  await press(page, 'edit-workflow');
  await press(page, 'node-add');
  const form = '[data-testid=node-form][data-node^=part-]';
  const last = await (await see(page, form)).evaluate(node => node.getAttribute('data-node') ?? '');
  await type(page, `${form} [data-testid=node-goal]`, 'Finish it #g-last');
  await type(page, `${form} [data-testid=node-check]`, 'test -s good.md');
  await type(page, `${form} [data-testid=node-needs]`, 'review, client, site');
  await press(page, 'approve');

  /** Page, Slack and CLI say how far all is, who works, and on what elsewhere. */
  const allSay = async (far: string, at: { here: string[]; elsewhere: string[] }) => {
    await reads(page, 'workflow-toggle', far);
    for (const id of [...at.here, ...at.elsewhere])
      await see(page, `[data-testid=workflow-node][data-node="${id}"][data-status=running]`);
    const { tree } = await insist(async () => {
      const tree = await treeOf(sessionId);
      return { ok: tree.includes(far), tree };
    });
    for (const id of at.here) expect(tree).toMatch(new RegExp(`^ +${id}  \\w+  works`, 'm'));
    for (const id of at.elsewhere) {
      expect(tree).toMatch(new RegExp(`^ +${id}  builder on (web|site)  works`, 'm'));
      await reads(page, 'tree-session', new RegExp(`${id}: Version two everywhere.*Running`, 's'));
      await thread.says(new RegExp(`${id}: Version two everywhere.* on (web|site): Running`));
    }
    const said = saysOf(await thread.says(far));
    for (const id of at.here) expect(said).toContain(`:arrow_forward: ${id} (`);
    expect(said.match(/:arrow_forward: [\w-]+ \(/g)).toHaveLength(at.here.length + at.elsewhere.length);
  };

  const elsewhere = ['client', 'site'];
  await Promise.all([model.asked('g-find', 2), model.asked('g-client'), model.asked('g-site')]);
  await allSay('0 of 8 parts done, 3 at work', { here: ['find'], elsewhere });
  await crash();
  await model.asked('g-find', 3);
  await allSay('0 of 8 parts done, 3 at work', { here: ['find'], elsewhere });

  // Three at once, each in a work tree of its own.
  findGate.open();
  const three = ['api', 'docs', 'tests'];
  await Promise.all(three.map(id => model.asked(`g-${id}`)));
  await allSay('1 of 8 parts done, 5 at work', { here: three, elsewhere });
  await crash();
  await allSay('1 of 8 parts done, 5 at work', { here: three, elsewhere });

  // The review finds a fault, which is mended; then all waits for what is done elsewhere, and holds nothing.
  threeGate.open();
  await session.until(({ head }) => head.waitsForChildren, 'the sessions elsewhere');
  await allSay('6 of 9 parts done, 2 at work', { here: [], elsewhere });
  await crash();
  await allSay('6 of 9 parts done, 2 at work', { here: [], elsewhere });

  // What was added fails, and is planned anew.
  elsewhereGate.open();
  await session.event('workflow.finished');
  await model.asked('g-mend', 5);
  await crash();
  await reads(page, 'workflow-toggle', '9 of 9 parts done');
  endGate.open();
  expect((await session.finished(2)).data.outcome).toBe('done');

  expect(lefts(session).toSorted()).toEqual(
    [
      ...['api 1 done', 'client 1 done', 'docs 1 done', 'find 1 done', `${last} 1 failed`, 'mend-1 1 done'],
      ...['other 1 done', 'review 1 done', 'site 1 done', 'tests 1 done'],
    ].toSorted(),
  );
  expect(new Set(entries(session)).size).toBe(10);
  expect(session.all('workflow.replanned').map(({ data }) => data.by)).toEqual(['reviewer', 'planner']);
  expect(session.all('approval.resolved')[0]?.data).toMatchObject({ approved: true, edited: true });
  // What a crash cut off was gone on with: nothing was given twice.
  const tasks = session.all('task.created').map(({ data }) => data.task.id);
  expect(new Set(tasks).size).toBe(tasks.length);
  const children = [...new Set(session.all('child.started').map(({ data }) => data.childId))];
  expect(children).toHaveLength(2);

  // Three changes, one in each repository, all of them hers.
  const pulls = github.github.pulls.map(({ repo, author, state }) => `${repo} ${author} ${state}`);
  expect(pulls.toSorted()).toEqual(['acme/shop ana open', 'acme/site ana open', 'acme/web ana open']);
  const { branch } = (await session.event('change.opened')).data;
  const files = ['api.md', 'docs.md', 'tests.md', 'good.md'];
  expect(files.map(path => github.git('shop', 'show', `${branch}:${path}`))).toEqual([
    ...['v2', 'new', 'all', 'x'],
  ]);
  await thread.says(/Version two is there/);
  await thread.says(/Pull request #\d/);
  await reads(page, 'tree-session', /client: Version two everywhere.*Idle/s);
  const tree = await treeOf(sessionId);
  expect(tree).toContain('Version two everywhere #grand-plan: 9 of 9 parts done');
  for (const childId of children) expect(tree).toContain(childId);
  for (const id of [sessionId, ...children]) checkLog(await readLog(ana.client, id));
});

test('three attempts of one bug are compared, and the one whose tests pass is taken', async () => {
  const { model } = github;
  const tries = ['worse\n', 'right\n', 'wrong again\n'];
  let nth = 0;
  model.script('the-bug', ({ answers, messages }) => {
    if (messages.some(({ text }) => text.includes('Review all that'))) return done('Nothing is wrong.');
    return answers > 0 ? done('Mended.') : { calls: [write('answer.txt', tries[nth++] ?? '')] };
  });
  const { thread, session } = await mention('attempts 3: in shop mend the answer #the-bug');
  await thread.says(/3 attempts at .*mend the answer.*Attempt 1.*Attempt 2.*Attempt 3/s);
  const { state, attempts } = (await session.event('attempts.ended')).data;
  expect(state).toBe('ready');
  expect(attempts.map(({ words }) => words.split(';')[0])).toEqual([
    ...['Mends test, which failed before', 'test fails', 'test fails'],
  ]);
  const best = attempts[0];
  await thread.says(/Attempts to compare, the best first.*Mends test.*test fails/s);
  const page = await pageOf(session.sessionId);
  await reads(page, 'attempts', /3 attempts to compare/);
  await reads(page, 'attempt', new RegExp(`Attempt ${best?.n}.*Mends test, which failed before`, 's'));
  const { slack } = slackStack;
  await slack.people.click(anaInSlack, await thread.says(/the best first/), `Take ${best?.n}`);
  expect((await session.event('attempt.taken')).data.n).toBe(best?.n);
  const { branch, number } = (await session.event('change.opened')).data;
  expect(github.git('shop', 'show', `${branch}:answer.txt`)).toBe('right');
  const pull = github.github.pulls.find(each => each.number === number && each.branch === branch);
  expect(pull?.body).toMatch(/\*\*Taken\*\* Attempt \d.*Mends test, which failed before/);
  await reads(page, 'attempts', new RegExp(`took attempt ${best?.n} of 3`));
  await thread.says(/took attempt/);
});
