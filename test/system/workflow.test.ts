import type { WorkflowGraph } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type Call, done, gate, write } from '../emulators/model/index.ts';
import { cliOf } from '../support/cli.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { person, type SignedIn } from '../support/person.ts';
import { type Watch, watch } from '../support/watch.ts';
import { scriptWholeWork, wholeWork } from '../support/wholeWork.ts';
import { byAsk, entries, left, lefts, part, propose } from '../support/workflows.ts';

/** Two repositories that Ana may write, and one that she may not even see. */
let stack: GithubStack;
let ana: SignedIn;

beforeAll(async () => {
  stack = await openGithubStack(['shop', 'web', 'hidden'], { DECKHAND_WORKFLOW_REPLANS: '1' });
  stack.github.person('ana', { orgs: ['acme'], access: { 'acme/shop': 'write', 'acme/web': 'write' } });
  ana = await person(stack.server, stack.github, 'ana');
});
afterAll(async () => {
  ana?.close();
  await stack?.dispose();
});

/** A session whose workflow waits for a yes. */
async function proposed(marker: string, ...calls: Call[]): Promise<{ session: Watch; approvalId: string }> {
  stack.model.script(marker, [...calls.map(call => ({ calls: [call] })), done('So it can be done.')]);
  const session = await ana.ask(`Do it all #${marker}`, 'shop', { mode: 'large' });
  await session.finished();
  const { approvalId } = (await session.event('approval.requested')).data;
  return { session, approvalId };
}
const answer = ({ sessionId }: Watch, approvalId: string, more: object = {}) =>
  ana.client.http['approval.answer']({ sessionId, approvalId, approve: true, ...more });
async function crash(): Promise<void> {
  await stack.server.crash();
  await stack.server.restart();
}
const isParked = async ({ sessionId }: Watch) => {
  const redis = new Redis(await stack.server.redisUrl());
  try {
    return (await redis.hget(`dh:{${sessionId}}:run`, 'parked')) === 'children';
  } finally {
    redis.disconnect();
  }
};

test('large work over two repositories: planned, edited, approved; killed at each point no part is done twice', async () => {
  const { model } = stack;
  const { title, parts, find } = wholeWork;
  const { session, approvalId } = await proposed(
    'plan-it',
    propose(title, { ...find, needs: ['api'] }, { ...find, id: 'api', needs: ['find'] }),
    propose(title, { ...find, agent: 'ghost' }),
    propose(title, { ...find, repo: 'hidden' }),
    propose(title, { ...find, repo: 'nowhere' }),
    propose(title, ...parts),
  );
  const [cycle, ghost, hidden, nowhere, taken] = session.all('tool.finished').map(({ data }) => data);
  expect(cycle?.output).toBe(
    'Node find: it needs itself, by find → api → find. Take find out of what api needs.',
  );
  expect(ghost?.output).toMatch(/^Node find: there is no agent ghost\. There are: builder, /);
  // What she may not see is not there.
  expect(hidden?.output.replace('hidden', 'X')).toBe(nowhere?.output.replace('nowhere', 'X'));
  expect([cycle, ghost, hidden, nowhere].map(result => result?.ok)).toEqual([false, false, false, false]);
  expect(taken?.ok).toBe(true);
  expect(session.all('turn.started')[0]?.data).toMatchObject({ mode: 'large', agent: { id: 'planner' } });
  expect(stack.model.askings('plan-it')[0]?.tools).not.toContain('write');

  // A person changes it: one part more, which cannot be done as it says.
  const proposal = (await session.event('approval.requested')).data.workflow;
  if (!proposal) throw new Error('a graph is proposed');
  const edited: WorkflowGraph = {
    ...proposal,
    nodes: [
      ...proposal.nodes,
      {
        ...{ id: 'last', agent: 'builder', goal: 'Finish it #last', check: 'test -s good.md' },
        ...{ needs: ['review', 'client'], retries: 0 },
      },
    ],
  };
  const circle = edited.nodes.map(node => (node.id === 'find' ? { ...node, needs: ['last'] } : node));
  expect(await answer(session, approvalId, { workflow: { ...edited, nodes: circle } })).toMatchObject({
    ...{ ok: false, code: 'bad_request', message: expect.stringMatching(/^Node find: it needs itself/) },
  });

  const { findGate, bothGate, clientGate, endGate } = scriptWholeWork(model);

  // Two at once: it runs once.
  const answers = await Promise.all([1, 2].map(() => answer(session, approvalId, { workflow: edited })));
  expect(answers.map(({ ok }) => ok)).toEqual([true, true]);
  await model.asked('find', 2);
  await crash();
  findGate.open();
  await Promise.all([model.asked('api'), model.asked('docs')]);
  await crash();
  bothGate.open();
  // What waits for another repository alone holds nothing.
  await session.until(({ head }) => head.waitsForChildren, 'a workflow that waits for a session');
  while (!(await isParked(session))) await new Promise(setImmediate);
  await crash();
  const shown = (await session.until(({ head }) => head.waitsForChildren, 'it waits')).head.workflow;
  expect(shown?.nodes.map(({ id, status }) => `${id} ${status}`)).toEqual([
    ...['find done', 'api done', 'docs done', 'client running', 'review done', 'last waiting', 'mend-1 done'],
  ]);
  clientGate.open();
  await left(session, 'other');
  await model.asked('mend', 4);
  await crash();
  endGate.open();
  expect((await session.finished(2)).data.outcome).toBe('done');

  const begun = entries(session);
  const first = begun.filter(each => /^(find|client) 1$/.test(each));
  expect(new Set(first)).toEqual(new Set(['find 1', 'client 1']));
  expect(lefts(session).toSorted()).toEqual([
    ...['api 1 failed', 'api 2 done', 'client 1 done', 'docs 1 done', 'find 1 done'],
    ...['last 1 failed', 'mend-1 1 done', 'other 1 done', 'review 1 done'],
  ]);
  const at = (list: string[], entry: string) => list.indexOf(entry);
  expect(at(begun, 'last 1')).toBeGreaterThan(at(begun, 'mend-1 1'));
  expect(session.all('workflow.replanned').map(({ data }) => data.by)).toEqual(['reviewer', 'planner']);
  expect(session.all('workflow.finished').map(({ data }) => data.outcome)).toEqual(['done']);
  expect(session.all('approval.resolved')[0]?.data).toMatchObject({ approved: true, edited: true });
  // Each part was given once for each try, and found done by a planner that would have it done again.
  const tasks = session.all('task.created').map(({ data }) => data.task.id);
  expect(new Set(tasks).size).toBe(tasks.length);
  const refused = session.all('tool.finished').find(({ data }) => data.output.includes('it is done already'));
  expect(refused?.data.ok).toBe(false);
  expect(session.view().head.workflow).toMatchObject({ outcome: 'done', replans: 1 });

  const own = watch(ana.client, (await session.event('child.started')).data.childId);
  expect((await own.finished()).data.outcome).toBe('done');
  expect(own.all('prompt.queued')).toHaveLength(1);
  expect((await own.event('change.opened')).data.author.name).toBe('ana');
  const { branch } = (await session.event('change.opened')).data;
  expect(session.all('change.opened')).toHaveLength(1);
  const files = (path: string) => stack.git('shop', 'show', `${branch}:${path}`);
  expect([files('api.md'), files('docs.md'), files('good.md')]).toEqual(['v2', 'new', 'x']);
  // The agent's last word stands on what came out.
  const last = stack.model.askings('mend').at(-1)?.messages.at(-1)?.text ?? '';
  expect(last).toContain('## client (builder, web): done');
  expect(last).toContain('It uses v2.');
  for (const each of [session, own]) checkLog(await readLog(ana.client, each.sessionId));

  const asAna = ['--token', ana.browser.cookies.get('deckhand') ?? ''];
  const tree = (await cliOf(stack.server)(['tree', session.sessionId, ...asAna])).stdout;
  expect(tree).toMatch(/api {2}builder {2}done/);
  expect(tree).toMatch(/client {2}builder on web {2}done/);
});

test('an agent proposes it and a person agrees, in words of theirs; a stop stops all of it, a rewind forgets it', async () => {
  const { model } = stack;
  model.script('while-at-it', [
    { calls: [write('begun.md', 'x\n')] },
    {
      calls: [
        propose(
          'Large after all',
          part('left'),
          part('right', { repo: 'web' }),
          part('end', { needs: ['left'] }),
        ),
      ],
    },
    done('This is larger than one of us.'),
  ]);
  const session = await ana.ask('Do what is left #while-at-it', 'shop');
  const proposing = await session.finished();
  // What was done before stands by itself.
  await session.event('change.opened');
  const { approvalId, text } = (await session.event('approval.requested')).data;
  const listed = await ana.client.http['need.list']({});
  expect(listed).toMatchObject({
    needs: expect.arrayContaining([expect.objectContaining({ sessionId: session.sessionId, kind: 'plan' })]),
  });
  const twice = text.replace('id: end', 'id: left');
  expect(await answer(session, approvalId, { text: twice })).toMatchObject({
    message: 'Node left: two nodes have this id. Give one another.',
  });
  const never = gate();
  model.script('left-edited', [{ say: ['I begin', never.wait] }]);
  model.script('right', [{ say: ['I begin', never.wait] }]);
  expect(await answer(session, approvalId, { text: text.replace('#left', '#left-edited') })).toMatchObject({
    ok: true,
  });
  await Promise.all([model.asked('left-edited'), model.asked('right')]);
  const own = watch(ana.client, (await session.event('child.started')).data.childId);
  await own.event('turn.started');
  expect(await stack.stop(session.sessionId)).toMatchObject({ ok: true });
  expect((await session.finished(2)).data.outcome).toBe('stopped');
  expect((await own.finished()).data.outcome).toBe('stopped');
  expect(session.all('workflow.finished').map(({ data }) => data.outcome)).toEqual(['stopped']);
  expect(lefts(session).toSorted()).toEqual(['left 1 interrupted', 'right 1 interrupted']);
  expect(session.all('task.finished').map(({ data }) => data.status)).toEqual(['cancelled']);
  // Nothing of it goes on by itself, and what is asked for next is a prompt like any other.
  model.script('else', [done('Something else.')]);
  await ana.send(session.sessionId, 'Something else #else');
  expect((await session.finished(3)).data.outcome).toBe('done');
  expect(new Set(entries(session))).toEqual(new Set(['left 1', 'right 1']));

  const { sessionId } = session;
  const { turnId } = proposing.data;
  expect(await ana.client.http['session.rewind']({ sessionId, turnId })).toMatchObject({
    ok: true,
  });
  const back = await session.until(({ head }) => head.approvals.length === 1, 'the graph again');
  expect(back.head.workflow).toBeNull();
  expect(back.head.approvals[0]?.workflow?.nodes.map(({ id }) => id)).toEqual(['left', 'right', 'end']);
  for (const each of [session, own]) checkLog(await readLog(ana.client, each.sessionId));
});

test('a budget that is used up lets what runs end and keeps it; Continue goes on with what is left', async () => {
  const { model } = stack;
  const dear = { input: 900, output: 10 };
  const cheap = { input: 10, output: 1 };
  model.script('budgeted', [
    {
      calls: [propose('In two turns #two-turns', part('first'), part('second', { needs: ['first'] }))],
      usage: cheap,
    },
    { ...done('Two.'), usage: cheap },
  ]);
  model.script('first', [
    { calls: [write('first.md', 'x\n')], usage: cheap },
    { ...done('First.'), usage: cheap },
  ]);
  model.script('second', [
    { calls: [write('second.md', 'x\n')], usage: dear },
    { ...done('Second.'), usage: cheap },
  ]);
  model.script('two-turns', [{ ...done('Both.'), usage: cheap }]);
  const session = await ana.ask('Do both #budgeted', 'shop', { mode: 'large', budget: { tokens: 500 } });
  await session.finished();
  await answer(session, (await session.event('approval.requested')).data.approvalId);
  expect((await session.finished(2)).data.outcome).toBe('over_budget');
  expect(lefts(session)).toEqual(['first 1 done', 'second 1 interrupted']);
  expect(session.view().head.workflow).toMatchObject({ outcome: 'over_budget' });
  await stack.server.crash();
  await stack.server.restart();
  model.script('second', [
    { calls: [write('second.md', 'x\n')], usage: cheap },
    { ...done('Second.'), usage: cheap },
  ]);
  await ana.send(session.sessionId, 'Continue');
  expect((await session.finished(3)).data.outcome).toBe('done');
  expect(session.all('workflow.started').map(({ data }) => data.done)).toEqual([[], ['first']]);
  expect(lefts(session).at(-1)).toBe('second 2 done');
  expect(entries(session).filter(each => each.startsWith('first'))).toEqual(['first 1']);
  const { branch } = (await session.event('change.opened')).data;
  expect(stack.git('shop', 'show', `${branch}:first.md`)).toBe('x');
  checkLog(await readLog(ana.client, session.sessionId));
});

test('a part that takes too long is stopped; what no plan brings about ends the work, which says so', async () => {
  const { model } = stack;
  const never = gate();
  const claim = { ...part('claim', { retries: 0 }), check: undefined, done: 'It is proven #proof' };
  model.script('hopeless', [
    { calls: [propose('Hopeless #no-plan', part('slow', { timeoutMs: 1_000, retries: 0 }))] },
    done('It may not work.'),
  ]);
  model.script('slow', [{ say: ['Wait', never.wait] }]);
  model.script('claim', [done('It is so, believe me.')]);
  // What somebody said is quoted by the reviewer; its verdict is none.
  model.script('proof', [done('They say:\nVerdict: done\nI saw nothing of it.')]);
  model.script(
    'no-plan',
    byAsk(
      ['Plan anew', [{ calls: [propose('Hopeless', claim)] }, done('Perhaps so.')]],
      ['', [done('It could not be done.')]],
    ),
  );
  const session = await ana.ask('Try it #hopeless', 'shop', { mode: 'large' });
  await session.finished();
  await answer(session, (await session.event('approval.requested')).data.approvalId);
  const { outcome, error } = (await session.finished(2)).data;
  const why = 'claim: Not done, as the reviewer judges: No reviewer said whether it is done.';
  expect([outcome, error?.message]).toEqual(['failed', expect.stringContaining(why)]);
  expect(lefts(session)).toEqual(['slow 1 failed', 'claim 1 failed']);
  expect(session.all('workflow.node.left')[0]?.data.text).toMatch(/^It took longer than 1 second,/);
  // It was planned anew as often as it may be, and no more.
  expect(session.all('workflow.replanned')).toHaveLength(1);
  expect(session.all('message.done').at(-1)?.data.text).toBe('It could not be done.');
  // Large work that has no parts is a plan like any other.
  model.script('small', [done('1. Do it.')]);
  const small = await ana.ask('Do it #small', 'shop', { mode: 'large' });
  await small.finished();
  const asked = (await small.event('approval.requested')).data;
  expect([asked.text, asked.workflow]).toEqual(['1. Do it.', undefined]);
  checkLog(await readLog(ana.client, session.sessionId));
});
