import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { bash, type Call, done, gate, type Message, type Step, write } from '../emulators/model/index.ts';
import { cliOf } from '../support/cli.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { person, type SignedIn } from '../support/person.ts';
import { type Watch, watch } from '../support/watch.ts';
import { byAsk, lefts, part, propose } from '../support/workflows.ts';
import { openBrowser, type TestBrowser } from '../web/browser.ts';
import { gone, press, reads, type } from '../web/look.ts';

/** Two repositories that Ana may write, and one that she may not even see. */
let stack: GithubStack;
let ana: SignedIn;
let browser: TestBrowser;

beforeAll(async () => {
  stack = await openGithubStack(['shop', 'web', 'hidden'], {
    DECKHAND_CHILD_DEPTH: '1',
    DECKHAND_CHILDREN: '3',
  });
  stack.github.person('ana', {
    orgs: ['acme'],
    access: { 'acme/shop': 'write', 'acme/web': 'write' },
  });
  ana = await person(stack.server, stack.github, 'ana');
  browser = await openBrowser();
});
afterAll(async () => {
  ana?.close();
  await browser?.close();
  await stack?.dispose();
});

const spawn = (repo: string, prompt: string, budget?: object): Call => ({
  tool: 'spawn_session',
  input: { repo, title: `Work on ${repo}`, prompt, ...(budget ? { budget } : {}) },
});
const note = (key: string, value: string): Call => ({ tool: 'note', input: { kind: 'fact', key, value } });
const wait = (more: object = {}): Call => ({ tool: 'session_wait', input: more });
const outputs = (session: Watch) => session.all('tool.finished').map(({ data }) => data.output);
/** The session that the nth `child.started` told of, followed from its first event. */
const child = async (session: Watch, nth = 1) =>
  watch(ana.client, (await session.event('child.started', nth)).data.childId);
const isParked = async ({ sessionId }: Watch) => {
  const redis = new Redis(await stack.server.redisUrl());
  try {
    const key = `dh:{${sessionId}}:`;
    return (
      (await redis.hget(`${key}run`, 'parked')) === 'children' && (await redis.exists(`${key}lease`)) === 0
    );
  } finally {
    redis.disconnect();
  }
};

test('work over two repositories: each session its own change, in the name of who asked; it waits through a crash', async () => {
  const works = gate();
  stack.model.script('both', [
    { calls: [note('api version', 'v2')] },
    { calls: [write('api.md', 'v2\n'), spawn('web', 'Use v2 of the api #client')] },
    { calls: [wait()] },
    done('Both are done.'),
  ]);
  stack.model.script('client', [
    { calls: [{ tool: 'recall', input: { query: 'API' } }] },
    { calls: [note('client port', '8080'), note('api version', 'v3')] },
    { say: ['I look', works.wait], calls: [write('client.md', 'v2\n')] },
    done('The client uses v2 now.'),
  ]);
  const parent = await ana.ask('Change the api #both', 'shop');
  const own = await child(parent);
  // It waits for nobody, and holds nothing.
  const waiting = await parent.until(({ head }) => head.waitsForChildren, 'a session that waits for others');
  expect(waiting.head).toMatchObject({
    state: 'waiting',
    children: [{ childId: own.sessionId, repo: 'web', title: 'Work on web', state: 'works' }],
  });
  while (!(await isParked(parent))) await new Promise(setImmediate);
  await stack.server.crash();
  await stack.server.restart();
  const page = await browser.as(stack.server, ana.browser.cookies, `/sessions/${parent.sessionId}`);
  await reads(page, 'child', /Work on web on web.*Running/);
  await reads(page, 'session-state', 'Waiting for other sessions');
  // What it found out stands there; what two say differently, nobody takes for true until a person settles it.
  await reads(page, 'board', /client port.*8080.*Agent of another session/s);
  await reads(page, 'board-contradicted', /Agents disagree.*v2.*v3/s);
  await press(page, 'board-add');
  await type(page, 'board-key', 'api version');
  await type(page, 'board-value', 'v2, said by Ana');
  await press(page, 'board-save');
  await gone(page, 'board-contradicted');
  await reads(page, 'board', /v2, said by Ana/);
  works.open();
  expect((await own.finished()).data.outcome).toBe('done');
  // Waiting asked the model for nothing.
  expect((await parent.finished()).data).toMatchObject({ outcome: 'done', usage: { steps: 4 } });

  const told = (await parent.event('child.finished')).data;
  expect(told).toMatchObject({ childId: own.sessionId, outcome: 'done', text: 'The client uses v2 now.' });
  expect(told.change?.url).toBe((await own.event('change.opened')).data.url);
  expect(outputs(parent).at(-1)).toContain('The client uses v2 now.');
  expect(outputs(own)[0]).toContain('fact api version: v2 (an agent');
  for (const [session, repo] of [
    [parent, 'shop'],
    [own, 'web'],
  ] as const) {
    const { author, branch } = (await session.event('change.opened')).data;
    expect(author.name).toBe('ana');
    expect(stack.git(repo, 'log', '-1', '--format=%an', branch)).toBe('ana');
    checkLog(await readLog(ana.client, session.sessionId));
  }
  // Each knows the other, and the call was not done twice.
  expect(own.all('session.created')[0]?.data.parentId).toBe(parent.sessionId);
  const got = await ana.client.http['session.get']({ sessionId: own.sessionId });
  expect(got).toMatchObject({ session: { parentId: parent.sessionId, authors: [{ name: 'ana' }] } });
  expect(own.all('prompt.queued')).toHaveLength(1);
  expect(parent.all('child.started')).toHaveLength(1);
  // So it stands in every client.
  await reads(page, 'child', /Done/);
  await press(page, 'child-link');
  await reads(page, 'item', 'from another session');
  await browser.settle();
  const asAna = ['--token', ana.browser.cookies.get('deckhand') ?? ''];
  const cli = cliOf(stack.server);
  const tree = await cli(['tree', parent.sessionId, ...asAna]);
  expect(tree.stdout.trim().split('\n')).toEqual([
    expect.stringMatching(`^${parent.sessionId}  shop  Idle  \\S+ tokens  .*  Change the api`),
    expect.stringMatching(`^  ${own.sessionId}  web  Idle  \\S+ tokens  .*  Work on web`),
  ]);
  const board = await cli(['board', parent.sessionId, ...asAna]);
  expect(board.stdout).toContain('fact  api version: v2, said by Ana  (ana)');
  expect(board.stdout).toContain(`fact  client port: 8080  (agent of ${own.sessionId})`);
  const log = await cli(['log', parent.sessionId, ...asAna]);
  expect(log.stdout).toContain(`Session ${own.sessionId} on web works: Work on web`);
  expect(log.stdout).toContain(`Session ${own.sessionId}: Done, ${told.change?.url}`);
});

test('what the person may not see is not there; sessions are bounded in number, depth and tokens', async () => {
  stack.model.script('bounds', [
    { calls: [spawn('hidden', 'Look'), spawn('nowhere', 'Look')] },
    { calls: [1, 2, 3, 4].map(n => spawn('web', `Look at ${n} #leaf`, { tokens: 5_000_000 })) },
    { calls: [wait()] },
    done('Looked.'),
  ]);
  stack.model.script('leaf', [{ calls: [spawn('shop', 'Deeper')] }, done('Leaf.')]);
  const parent = await ana.ask('Look everywhere #bounds', 'shop');
  await parent.finished();
  const [hidden = '', nowhere = '', ...begun] = outputs(parent);
  expect(hidden.replace('hidden', 'X')).toBe(nowhere.replace('nowhere', 'X'));
  expect(begun.filter(text => text.startsWith('Began session'))).toHaveLength(3);
  expect(begun.filter(text => text.includes('which is the most'))).toHaveLength(1);
  expect(parent.all('child.finished').map(({ data }) => data.outcome)).toEqual(['done', 'done', 'done']);
  const leaf = await child(parent);
  await leaf.finished();
  // What is not offered is refused, too.
  expect(outputs(leaf)).toEqual([expect.stringContaining('There is no tool spawn_session')]);
  expect(leaf.all('child.started')).toEqual([]);
});

test('a question is answered by the agent that asked for the work; a word of a person ends the wait', async () => {
  const id = ({ messages }: { messages: Message[] }) =>
    /Began session (ses_\w+)/.exec(messages.map(({ text }) => text).join(' '))?.[1] ?? '';
  stack.model.script('asks', asked => {
    const steps: Step[] = [
      { calls: [spawn('web', 'Choose a colour #colour')] },
      { calls: [wait({ minutes: 5 })] },
      { calls: [{ tool: 'session_message', input: { session: id(asked), text: 'Blue #blue' } }] },
      { calls: [wait()] },
      done('Heard somebody.'),
    ];
    return steps[asked.answers] ?? done();
  });
  const slow = gate();
  stack.model.script('colour', [{ calls: [{ tool: 'ask', input: { question: 'Which colour?' } }] }]);
  stack.model.script('blue', [{ say: ['Painting', slow.wait] }]);
  const parent = await ana.ask('Paint it #asks', 'shop');
  const first = await parent.event('child.finished');
  expect(first.data).toMatchObject({ outcome: 'asked', question: 'Which colour?' });
  const own = await child(parent);
  await own.event('turn.started', 2);
  await parent.until(
    ({ head }) => head.waitsForChildren && head.children[0]?.state === 'works',
    'a second wait',
  );
  const sent = await ana.client.http['prompt.send']({
    ...{ sessionId: parent.sessionId, requestId: 'hurry', text: 'Do not wait.', when: 'now' },
  });
  expect(sent).toMatchObject({ ok: true });
  expect((await parent.finished()).data.outcome).toBe('done');
  expect(outputs(parent).at(-1)).toContain('Not all have ended.');
  slow.open();
  await own.finished(2);
  // It hears of it also when nobody waits any more.
  expect((await parent.event('child.finished', 2)).data).toMatchObject({ outcome: 'done', text: 'Painting' });
  checkLog(await readLog(ana.client, parent.sessionId));
});

test('a word to large work that waits for another repository is planned with, and what runs ends first', async () => {
  const far = gate();
  stack.model.script('in-parts', [
    {
      calls: [propose('Far and near #told', part('far', { repo: 'web' }), part('near', { needs: ['far'] }))],
    },
    done('Two parts.'),
  ]);
  stack.model.script('far', [{ say: ['I look', far.wait] }]);
  stack.model.script('other', [{ calls: [write('other.md', 'x\n')] }, done('Did the other.')]);
  stack.model.script(
    'told',
    byAsk(
      ['Plan anew', [{ calls: [propose('Other', part('other', { needs: ['far'] }))] }, done('So be it.')]],
      ['', [done('All of it.')]],
    ),
  );
  const session = await ana.ask('Do it in parts #in-parts', 'shop', { mode: 'large' });
  const { sessionId } = session;
  await session.finished();
  const { approvalId } = (await session.event('approval.requested')).data;
  await ana.client.http['approval.answer']({ sessionId, approvalId, approve: true });
  const own = await child(session);
  await stack.model.asked('far');
  while (!(await isParked(session))) await new Promise(setImmediate);
  const sent = { sessionId, requestId: 'rather', text: 'Rather the other', when: 'now' as const };
  expect(await ana.client.http['prompt.send'](sent)).toMatchObject({ ok: true });
  expect((await session.event('workflow.told')).data.text).toBe('ana: Rather the other');
  // It waits again, and nothing that was planned before begins.
  while (!(await isParked(session))) await new Promise(setImmediate);
  far.open();
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect((await own.finished()).data.outcome).toBe('done');
  expect(lefts(session)).toEqual(['far 1 done', 'other 1 done']);
  expect(session.all('workflow.replanned').map(({ data }) => data.by)).toEqual(['person']);
  const planned = stack.model
    .askings('told')[0]
    ?.messages.map(({ text }) => text)
    .join('');
  expect(planned).toContain('ana: Rather the other');
  checkLog(await readLog(ana.client, sessionId));
});

test('a stop stops what it began, waiting or not', async () => {
  stack.model.script('stops', [
    { calls: [spawn('web', 'Go on for ever #ever')] },
    { calls: [wait()] },
    done(),
  ]);
  stack.model.script('ever', [{ calls: [bash('sleep 600')] }, done()]);
  const parent = await ana.ask('Begin it #stops', 'shop');
  const own = await child(parent);
  await own.event('tool.started');
  await parent.until(({ head }) => head.waitsForChildren, 'a wait');
  expect(await stack.stop(parent.sessionId)).toMatchObject({ ok: true });
  expect((await parent.finished()).data.outcome).toBe('stopped');
  expect((await own.finished()).data.outcome).toBe('stopped');
  expect((await parent.event('child.finished')).data.outcome).toBe('stopped');
  expect(outputs(parent).at(-1)).toContain('It is at work');
  for (const session of [parent, own]) checkLog(await readLog(ana.client, session.sessionId));
});

test('what waits for people, over all sessions, is one list: a question, a plan, a change to review', async () => {
  stack.model.script('unclear', [{ calls: [{ tool: 'ask', input: { question: 'Which shop?' } }] }, done()]);
  stack.model.script('planned', [done('1. Look. 2. Do.')]);
  const asked = await ana.ask('Open it #unclear', 'shop');
  const planned = await ana.ask('Plan it #planned', 'shop', { mode: 'plan' });
  await Promise.all([asked.finished(), planned.finished()]);
  const kinds = async () => {
    const listed = await ana.client.http['need.list']({});
    if (!listed.ok) throw new Error(listed.message);
    const ours = [asked.sessionId, planned.sessionId];
    return listed.needs
      .filter(({ sessionId }) => ours.includes(sessionId))
      .map(({ kind, text }) => [kind, text]);
  };
  expect(await kinds()).toEqual([
    ['question', 'Which shop?'],
    ['plan', 'A plan to approve'],
  ]);
  const all = await ana.client.http['need.list']({});
  expect(all).toMatchObject({ needs: expect.arrayContaining([expect.objectContaining({ kind: 'change' })]) });
  const listed = await ana.client.http['session.get']({ sessionId: planned.sessionId });
  expect(listed).toMatchObject({ session: { state: 'idle', waitsForPlan: true } });
  // Who may not read the repository is told of none of it.
  stack.github.person('eve', { orgs: ['acme'], access: {} });
  const eve = await person(stack.server, stack.github, 'eve');
  expect(await eve.client.http['need.list']({})).toEqual({ ok: true, needs: [] });
  eve.close();

  const page = await browser.as(stack.server, ana.browser.cookies, '/');
  await reads(page, 'needs', /Answer.*Which shop\?.*Approve plan.*Review/s);
  await browser.settle();
  const asAna = ['--token', ana.browser.cookies.get('deckhand') ?? ''];
  expect((await cliOf(stack.server)(['needs', ...asAna])).stdout).toContain('Which shop?');
  const approvalId = planned.all('approval.requested')[0]?.data.approvalId ?? '';
  await ana.client.http['approval.answer']({ sessionId: planned.sessionId, approvalId, approve: false });
  await ana.send(asked.sessionId, 'The first one.');
  await asked.finished(2);
  expect(await kinds()).toEqual([]);
});
