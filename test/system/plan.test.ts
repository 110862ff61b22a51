import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, read, write } from '../emulators/model/index.ts';
import { sampleGit } from '../support/git.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { inside } from '../support/sandbox.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { fork, rewind } from '../support/turns.ts';
import { type Watch, watch } from '../support/watch.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.dispose());

const ada = { provider: 'test', id: 'ada', name: 'Ada Byron' };
const grace = { provider: 'test', id: 'grace', name: 'Grace Hopper' };
const thePlan = '## Goal\n- All green\n\n1. Mend `src/duration.js` #carry-out';

/** A session whose plan waits. */
async function planned(
  marker: string,
  answer: string = thePlan,
): Promise<{ session: Watch; approvalId: string }> {
  stack.model.script(marker, [{ calls: [read('README.md')] }, done(answer)]);
  const session = await stack.ask(`Mend it #${marker}`, { mode: 'plan' });
  await session.finished();
  const { approvalId } = (await session.event('approval.requested')).data;
  return { session, approvalId };
}

const answer = (
  { sessionId }: Watch,
  approvalId: string,
  more: { approve?: boolean; text?: string; onBehalfOf?: typeof ada } = {},
) => stack.client.http['approval.answer']({ sessionId, approvalId, approve: true, ...more });

const filesOf = (sessionId: string) => inside(sessionId, 'cd /work/repo && git status --porcelain');

test('a plan is made with reading tools alone, whatever the model calls, and nothing leaves', async () => {
  stack.model.script('only-reads', [
    { calls: [read('README.md'), write('evil.txt', 'x\n'), bash('echo x > /work/repo/evil2.txt')] },
    {
      calls: [
        { tool: 'open_change', input: { title: 'Now', body: '' } },
        { tool: 'plan', input: { items: [] } },
      ],
    },
    done(thePlan),
  ]);
  const session = await stack.ask('Mend it #only-reads', { mode: 'plan' });
  expect((await session.finished()).data.outcome).toBe('done');
  const [asked] = stack.model.askings('only-reads');
  expect(asked?.tools).toEqual(expect.arrayContaining(['read', 'list', 'search', 'git_diff', 'ask']));
  for (const name of ['write', 'edit', 'bash', 'open_change', 'plan'])
    expect(asked?.tools).not.toContain(name);
  expect(asked?.messages.at(-1)?.text).toContain('This prompt asks for a plan');
  const results = session.all('tool.finished').map(({ data }) => [data.ok, data.summary]);
  const refused = [false, 'Refused: only a plan is wanted'];
  expect(results).toEqual(expect.arrayContaining([refused, refused, refused, refused]));
  expect(results.filter(([ok]) => ok)).toHaveLength(1);
  expect(await filesOf(session.sessionId)).toBe('');
  expect(session.all('change.opened')).toEqual([]);
  expect(session.all('turn.started')[0]?.data.mode).toBe('plan');
  const view = await session.until(({ head }) => head.approvals.length === 1, 'the plan');
  expect(view.head.approvals).toMatchObject([{ text: thePlan, plan: true }]);
  expect(view.head.turn).toBeNull();
});

test('approved by two at once it runs once, in the name of who approved, with the plan as its prompt', async () => {
  const { session, approvalId } = await planned('twice');
  stack.model.script('carry-out', [{ calls: [write('MENDED.md', 'yes\n')] }, done('Mended.')]);
  const answers = await Promise.all(
    [ada, grace, ada, grace].map(onBehalfOf => answer(session, approvalId, { onBehalfOf })),
  );
  const [resolved] =
    session.all('approval.resolved').length > 0
      ? session.all('approval.resolved')
      : [await session.event('approval.resolved')];
  const winner = resolved?.data.by?.name;
  // The same answer again is no new one; the other is told whose it was.
  const told = answers.map(result => (result.ok ? result.promptId : result.message));
  expect(new Set(told)).toEqual(new Set([resolved?.data.promptId, `${winner} approved this plan already.`]));
  const end = await session.finished(2);
  expect(end.data.outcome).toBe('done');
  expect(session.all('turn.started')[1]?.data).toMatchObject({ promptIds: [resolved?.data.promptId] });
  expect(session.all('turn.started')[1]?.data.mode).toBeUndefined();
  const [first] = stack.model.askings('carry-out');
  expect(first?.messages.at(-1)?.text).toBe(`${winner}: The plan is approved. Carry it out:\n\n${thePlan}`);
  expect(first?.tools).toContain('write');
  const { branch } = (await session.event('change.opened')).data;
  expect(await sampleGit(stack.server.dataDir, 'log', '-1', '--format=%an', branch)).toBe(winner);
  expect(session.all('approval.resolved')).toHaveLength(1);
  expect(session.view().head.approvals).toEqual([]);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('an edited plan runs as it was edited; a refused one does not; a newer one takes the place of the one before', async () => {
  const { session, approvalId } = await planned('edited');
  stack.model.script('other-way', [done('The other way.')]);
  expect(await answer(session, approvalId, { text: ' ' })).toMatchObject({ ok: false, code: 'bad_request' });
  expect(await answer(session, approvalId, { text: 'Do it #other-way' })).toMatchObject({ ok: true });
  await session.finished(2);
  expect(session.all('approval.resolved')[0]?.data).toMatchObject({ approved: true, edited: true });
  expect(stack.model.askings('other-way')[0]?.messages.at(-1)?.text).toContain(
    'Carry it out:\n\nDo it #other-way',
  );

  stack.model.script('again', [done('Another plan.')]);
  stack.model.script('newer', [done('A newer plan.')]);
  await stack.send(session.sessionId, 'Plan again #again', { mode: 'plan' });
  const older = (await session.event('approval.requested', 2)).data.approvalId;
  await stack.send(session.sessionId, 'And again #newer', { mode: 'plan' });
  const newer = (await session.event('approval.requested', 3)).data.approvalId;
  expect((await session.event('approval.resolved', 2)).data).toMatchObject({
    ...{ approvalId: older, approved: false, replaced: true },
  });
  expect(await answer(session, older)).toMatchObject({ ok: false, code: 'not_found' });
  expect(await answer(session, newer, { approve: false, onBehalfOf: grace })).toMatchObject({ ok: true });
  expect(await answer(session, newer)).toMatchObject({ message: 'Grace Hopper refused this plan already.' });
  expect(session.view().head.approvals).toEqual([]);
  expect(session.all('turn.started')).toHaveLength(4);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('a question in between is answered within the plan; a prompt for now joins it; a stopped one makes none', async () => {
  const hold = gate();
  stack.model.script('asks', [{ calls: [{ tool: 'ask', input: { question: 'Which?' } }] }]);
  stack.model.script('answered', [
    { say: ['Hm', hold.wait], calls: [write('x', 'x'), read('README.md')] },
    done('The plan.'),
  ]);
  const session = await stack.ask('Mend it #asks', { mode: 'plan' });
  expect((await session.finished()).data.outcome).toBe('asked');
  await stack.send(session.sessionId, 'The second #answered');
  await stack.model.asked('answered');
  await stack.send(session.sessionId, 'And quickly', { when: 'now' });
  hold.open();
  await session.event('approval.requested');
  expect(session.all('turn.started')[1]?.data.mode).toBe('plan');
  expect(session.all('tool.finished').map(({ data }) => data.ok)).toEqual([true, false, true]);
  expect(stack.model.askings('answered').at(-1)?.messages.at(-1)?.text).toContain('And quickly');

  const never = gate();
  stack.model.script('stopped-plan', [{ say: ['Half a plan', never.wait] }]);
  await stack.send(session.sessionId, 'Another #stopped-plan', { mode: 'plan' });
  await stack.model.asked('stopped-plan');
  await stack.stop(session.sessionId);
  expect((await session.finished(3)).data.outcome).toBe('stopped');
  // The plan from before waits on.
  expect(session.view().head.approvals).toMatchObject([{ text: 'The plan.' }]);
});

test('kill -9 around the approval: the plan waits, and once approved it runs, once', async () => {
  const { session, approvalId } = await planned('killed', 'Do it #after-kill');
  await stack.server.crash();
  await stack.server.restart();
  stack.model.script('after-kill', [done('Did it.')]);
  const client = stack.server.client();
  const { sessionId } = session;
  const [first] = await Promise.all([
    client.http['approval.answer']({ sessionId, approvalId, approve: true }),
    session.event('approval.resolved').then(() => stack.server.crash()),
  ]);
  await stack.server.restart();
  const again = await stack.server.client().http['approval.answer']({ sessionId, approvalId, approve: true });
  expect(again).toMatchObject({ ok: true, promptId: first.ok ? first.promptId : expect.any(String) });
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('prompt.queued')).toHaveLength(2);
  checkLog(await readLog(stack.client, sessionId));
});

test('a rewind to the plan asks for it again, one to before it does not; in a fork it can be approved, too', async () => {
  stack.model.script('before-plan', [done('Ready.')]);
  const session = await stack.ask('Begin #before-plan');
  const begun = await session.finished();
  const { sessionId } = session;
  stack.model.script('plan-it', [{ calls: [read('README.md')] }, done('Do it #from-plan')]);
  stack.model.script('from-plan', [done('Done so.')]);
  await stack.send(sessionId, 'Plan it #plan-it', { mode: 'plan' });
  const plan = await session.finished(2);
  const { approvalId } = (await session.event('approval.requested')).data;
  await answer(session, approvalId);
  await session.finished(3);

  await rewind(stack.client, sessionId, plan.data.turnId);
  const back = await session.until(({ head }) => head.approvals.length === 1, 'the plan again');
  expect(back.head.approvals).toMatchObject([{ approvalId, text: 'Do it #from-plan', plan: true }]);
  const made = watch(stack.client, (await fork(stack.client, sessionId, plan.data.turnId)).id);
  await made.until(({ head }) => head.approvals.length === 1, 'the plan in the fork');
  expect(await answer(made, approvalId)).toMatchObject({ ok: true });
  expect((await made.event('turn.finished', 3)).data.outcome).toBe('done');
  expect(await answer(session, approvalId)).toMatchObject({ ok: true });
  await session.finished(4);

  await rewind(stack.client, sessionId, plan.data.turnId);
  await session.until(({ head }) => head.approvals.length === 1, 'the plan once more');
  await rewind(stack.client, sessionId, begun.data.turnId);
  await session.until(({ head }) => head.approvals.length === 0, 'no plan');
  expect(await answer(session, approvalId)).toMatchObject({ ok: false, code: 'not_found' });
  checkLog(await readLog(stack.client, sessionId));
});
