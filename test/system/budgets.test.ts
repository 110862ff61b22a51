import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, gate, summaryMarker } from '../emulators/model/index.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
let dir: string;

const policy = `
budgets:
  session: {tokens: 10000}
  people:
    test:poor: {tokens: 1000}
    test:crash: {tokens: 100000}
    test:rich: {usd: 0.01}
    test:many: {tokens: 3000}
    test:long: {usd: 1}
  raise: {session: member}
`;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deckhand-policy-'));
  await writeFile(join(dir, 'policy.yaml'), policy);
  stack = await openStack({
    // No sandbox is needed here.
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
    DECKHAND_POLICY: join(dir, 'policy.yaml'),
    DECKHAND_PRICES: JSON.stringify({
      'scripted-1': { input: 1, cachedInput: 1, output: 1 },
      'scripted-fast': { input: 217, cachedInput: 217, output: 217 },
    }),
    DECKHAND_FAST_MODEL: 'scripted-fast',
    DECKHAND_CONTEXT_MESSAGES: '20',
    DECKHAND_CONTEXT_KEEP: '4',
  });
});
afterAll(async () => {
  await stack?.dispose();
  await rm(dir, { recursive: true, force: true });
});

const by = (id: string) => ({ onBehalfOf: { provider: 'test', id, name: `${id} person` } });
const list = (text = 'one') => ({
  tool: 'plan',
  input: { items: [{ text, status: 'pending' }] },
});
const usage = (input: number) => ({ input, output: 0 });
const stateOf = async (sessionId: string, of: string) => {
  const got = await stack.client.http['budget.get']({ sessionId });
  if (!got.ok) throw new Error(got.message);
  return got.budgets.find(budget => budget.of === of);
};
const notices = (session: { all(type: 'notice'): { data: { text: string } }[] }) =>
  session.all('notice').map(({ data }) => data.text);

test('at four fifths there is one warning, at the end a clean stop that says which budget; raised, it goes on from its context', async () => {
  stack.model.script('spend', [
    { calls: [list('a')], usage: usage(5_000) },
    { calls: [list('b')], usage: usage(3_500) },
    { calls: [list('c')], usage: usage(2_000) },
    done('never said'),
  ]);
  const session = await stack.ask('Spend #spend');
  const end = (await session.finished()).data;
  expect(end).toMatchObject({
    outcome: 'over_budget',
    usage: { steps: 3 },
    budget: { of: 'session', unit: 'tokens', used: 10_500, limit: 10_000, raisedBy: 'member' },
  });
  expect(end.error?.message).toContain('Token budget reached: 10,500 of 10,000 tokens used by this session');
  expect(notices(session).filter(text => text.includes('Token budget'))).toEqual([
    'Token budget: 8,500 of 10,000 tokens used by this session.',
  ]);
  // Another prompt is kept, and told so.
  stack.model.script('go-on', [done('Went on.')]);
  await stack.send(session.sessionId, 'Continue #go-on');
  const held = await session.event('budget.reached');
  expect(held.data.text).toContain('Your prompt is kept');
  expect((await session.until(view => view.head.held !== null, 'held')).head.queue).toHaveLength(1);
  const raise = { sessionId: session.sessionId, of: 'session', unit: 'tokens', amount: 5_000 } as const;
  const requestId = newRequestId();
  for (let n = 0; n < 2; n++)
    expect(await stack.client.http['budget.raise']({ ...raise, requestId })).toMatchObject({
      ok: true,
      budget: { limit: 15_000, raised: 5_000 },
    });
  expect((await session.finished(2)).data).toMatchObject({ outcome: 'done' });
  const said =
    stack.model
      .askings('go-on')[0]
      ?.messages.map(({ text }) => text)
      .join(' ') ?? '';
  expect(said).toContain('Spend #spend');
  expect(session.all('budget.reached')).toHaveLength(1);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('a day’s budget of a person is asked for where they are, and a yes lets the prompt that waited run', async () => {
  stack.model.script('poor', [{ calls: [list()], usage: usage(1_200) }, done('never said')]);
  const session = await stack.ask('Spend #poor', by('poor'));
  expect((await session.finished()).data).toMatchObject({
    outcome: 'over_budget',
    budget: { of: 'person', whose: 'poor person', used: 1_200, limit: 1_000, raisedBy: 'admin' },
  });
  // In another session, too: the day is one.
  stack.model.script('again', [done('Went on.')]);
  const other = await stack.ask('More #again', by('poor'));
  const { data } = await other.event('budget.reached');
  expect(data.budget.until).toMatch(/T00:00:00/);
  const more = { sessionId: other.sessionId, of: 'person', unit: 'tokens', amount: 1_000 } as const;
  const asked = await stack.client.http['budget.ask']({ ...more, requestId: newRequestId(), ...by('poor') });
  if (!asked.ok) throw new Error(asked.message);
  const approval = await other.event('approval.requested');
  expect(approval.data).toMatchObject({ kind: 'budget', who: 'admin' });
  const answered = await stack.client.http['approval.answer']({
    sessionId: other.sessionId,
    approvalId: asked.approvalId,
    approve: true,
  });
  expect(answered).toMatchObject({ ok: true });
  expect((await other.finished()).data).toMatchObject({ outcome: 'done' });
  expect(await stateOf(other.sessionId, 'person')).toMatchObject({ limit: 2_000, raised: 1_000 });
});

test('money counts by the price table', async () => {
  stack.model.script('rich', [{ calls: [list()], usage: usage(9_999) }, done('Said.')]);
  const session = await stack.ask('Spend #rich', by('rich'));
  await session.finished();
  expect(await stateOf(session.sessionId, 'person')).toMatchObject({ unit: 'usd', limit: 0.01 });
  expect((await stateOf(session.sessionId, 'person'))?.used).toBeGreaterThan(0.0099);
});

test('a summary of the context is paid for as a step is, at the price of the model that wrote it', async () => {
  const outline = '## Goal\n- go on\n## Open\n- none';
  stack.model.script(summaryMarker, [{ ...done(outline), usage: usage(4_600) }]);
  let step = 0;
  const script = () => (++step % 13 === 0 ? done('Said.') : { calls: [list(`${step}`)], usage: usage(10) });
  stack.model.script('long', script);
  stack.model.script('more', script);
  const session = await stack.ask('Work long #long', by('long'));
  const first = (await session.finished()).data;
  expect(session.all('context.compacted').map(({ data }) => data.by)).toEqual(['scripted-fast']);
  const { inputTokens = 0, outputTokens = 0 } = first.usage;
  const own = inputTokens + outputTokens - 4_600;
  // Twelve steps, and the last word.
  expect(own).toBe(12 * 10 + 110);
  expect(first).toMatchObject({ outcome: 'done', costUsd: expect.closeTo(0.9982 + own / 1_000_000, 6) });
  expect((await stateOf(session.sessionId, 'person'))?.used).toBeCloseTo(first.costUsd ?? 0, 6);
  // The next one uses the budget up: the turn takes no further step.
  await stack.send(session.sessionId, 'More #more', by('long'));
  const second = (await session.finished(2)).data;
  expect(second).toMatchObject({ outcome: 'over_budget', budget: { of: 'person', unit: 'usd', limit: 1 } });
  expect(second.usage.inputTokens).toBeGreaterThan(4_600);
  expect(session.all('context.compacted')).toHaveLength(2);
});

test('several turns at once overspend by no more than one step each', async () => {
  const holds = [0, 1, 2, 3].map(() => gate());
  for (const [n, hold] of holds.entries())
    stack.model.script(`many-${n}`, [
      { say: ['Waits', hold.wait], calls: [list()], usage: usage(900) },
      { calls: [list('x')], usage: usage(900) },
      { calls: [list('y')], usage: usage(900) },
      { calls: [list('z')], usage: usage(900) },
      done('Said.'),
    ]);
  const sessions = await Promise.all(holds.map((_, n) => stack.ask(`Spend #many-${n}`, by('many'))));
  await sessions[0]?.event('turn.started');
  for (const hold of holds) hold.open();
  // One of them may find the day used up before its first step: it waits.
  const ended = await Promise.all(
    sessions.map(session => session.until(view => view.head.held !== null, 'the budget')),
  );
  expect(ended.map(view => view.head.held?.of)).toEqual(ended.map(() => 'person'));
  const used = (await stateOf(sessions[0]?.sessionId ?? '', 'person'))?.used ?? 0;
  expect(used).toBeGreaterThanOrEqual(3_000);
  expect(used).toBeLessThan(3_000 + 4 * 900);
});

test('a server that is killed in the middle of a turn charges nothing twice, and the turn goes on', async () => {
  const hold = gate();
  stack.model.script('crash', [
    { calls: [list('a')], usage: usage(1_000) },
    { calls: [list('b')], usage: usage(1_000) },
    { say: ['Waits', hold.wait, '.'], usage: usage(1_000) },
  ]);
  const session = await stack.ask('Spend #crash', by('crash'));
  await session.until(view => view.items.filter(({ kind }) => kind === 'tool').length === 2, 'two calls');
  await stack.server.crash();
  hold.open();
  await stack.server.restart();
  expect((await session.finished()).data).toMatchObject({ outcome: 'done' });
  const { usage: said } = session.all('turn.finished')[0]?.data ?? {};
  expect((await stateOf(session.sessionId, 'person'))?.used).toBe(
    (said?.inputTokens ?? 0) + (said?.outputTokens ?? 0),
  );
  expect((await stateOf(session.sessionId, 'person'))?.used).toBe(3_000);
});
