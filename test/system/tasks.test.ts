import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, read, write } from '../emulators/model/index.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { inside } from '../support/sandbox.ts';
import type { Stack } from '../support/stack.ts';
import { delegate, openTasks, resultsOf, type TasksStack, tasksOf } from '../support/tasks.ts';
import { type Watch, watch } from '../support/watch.ts';

let opened: TasksStack;
let stack: Stack;
beforeAll(async () => {
  opened = await openTasks();
  ({ stack } = opened);
});
afterAll(() => opened?.dispose());

const inHouse = { repo: 'house' };
const cat = (session: Watch, path: string) => inside(session.sessionId, `cat /work/repo/${path}`);

test('two tasks at once, each with its own context: one reads, one writes, and its commit is merged', async () => {
  const [first, second] = [gate(), gate()];
  stack.model.script('both', [
    {
      calls: [
        delegate('explorer', 'Where is two? #where'),
        delegate('builder', 'Make it 2 #make', { input: 'in a.txt' }),
      ],
    },
    done('Both are done.'),
  ]);
  stack.model.script('where', [
    { calls: [read('a.txt')] },
    { say: first.wait, calls: [read('b.txt')] },
    done('a.txt:2'),
  ]);
  stack.model.script('make', [
    { calls: [write('a.txt', 'one\n2\nthree\n'), bash('pwd && cat a.txt')] },
    { say: second.wait, calls: [bash('git status --short')] },
    done('Made it.'),
  ]);
  const session = await stack.ask('Do both #both', inHouse);
  // Both work at the same time, and neither sees what the other reads.
  await stack.model.asked('where', 2);
  await stack.model.asked('make', 2);
  expect(await cat(session, 'a.txt')).toBe('one\ntwo\nthree\n');
  first.open();
  second.open();
  const { data } = await session.finished();
  const ended = tasksOf(session).map(({ agent, ends }) => `${agent} ${ends.map(end => end.data.status)}`);
  expect(ended.toSorted()).toEqual(['builder done', 'explorer done']);
  expect(await cat(session, 'a.txt')).toBe('one\n2\nthree\n');
  expect(await inside(session.sessionId, 'ls /work/tasks')).toBe('');
  expect(session.all('change.opened')).toHaveLength(1);

  const asked = stack.model.askings('make')[0];
  expect(asked?.messages.filter(({ role }) => role === 'user')).toHaveLength(1);
  expect(asked?.messages[1]?.text).toContain('in a.txt');
  expect(asked?.tools).not.toContain('open_change');
  expect(stack.model.askings('where')[0]?.tools).not.toContain('write');
  const of = (agent: string) => resultsOf(session).find(({ output }) => output.includes(`of ${agent}:`));
  const [found, made] = [of('explorer'), of('builder')];
  expect(found).toMatchObject({ ok: true, output: expect.stringContaining('a.txt:2') });
  expect(made?.output).toMatch(
    /Made it\.[\s\S]*Merged into your work tree, as commit [0-9a-f]{12}[\s\S]*a\.txt \+1 -1/,
  );
  const inTree = session.all('tool.finished').find(({ data: { output } }) => output.includes('/work/tasks/'));
  expect(inTree?.agentId).toBe('builder');
  // All of it is charged to the turn, and its lines stand in groups of their own.
  const steps = ['both', 'where', 'make'].flatMap(marker => stack.model.askings(marker)).length;
  expect(data.usage).toMatchObject({ steps, inputTokens: steps * 100 });
  const groups = session.view().items.flatMap(item => (item.kind === 'task' ? [item] : []));
  expect(groups.map(({ status, items }) => status === 'done' && items.length > 0)).toEqual([true, true]);
  const listed = await stack.client.http['step.list']({ sessionId: session.sessionId });
  if (!listed.ok) throw new Error(listed.message);
  expect(new Set(listed.steps.map(({ taskId, agent }) => (taskId ? agent?.id : 'turn')))).toEqual(
    new Set(['turn', 'explorer', 'builder']),
  );
  // Each step asks again for what the model had received: the same bytes.
  for (const { n } of listed.steps) {
    const replayed = await stack.client.http['step.replay']({ sessionId: session.sessionId, step: n });
    expect(replayed).toMatchObject({ ok: true, exact: true, differs: [] });
  }
  checkLog(await readLog(stack.client, session.sessionId));
});

test('two that change the same lines: the second is told what conflicts, and its commit is there to be merged', async () => {
  const [one, two] = [gate(), gate()];
  stack.model.script('same', ({ answers, messages }) => {
    if (answers === 0)
      return { calls: [delegate('builder', 'First #one'), delegate('builder', 'Second #two')] };
    const told = messages.findLast(({ text }) => /conflicts/.test(text))?.text ?? '';
    const [ref] = /refs\/deckhand\/tasks\/\w+/.exec(told) ?? [];
    return answers === 1 ? { calls: [bash(`git show ${ref}:b.txt`)] } : done('Told.');
  });
  stack.model.script('one', [{ say: one.wait, calls: [write('b.txt', 'first\n')] }, done('One.')]);
  stack.model.script('two', [
    { calls: [write('b.txt', 'second\n')] },
    { say: two.wait, calls: [read('b.txt')] },
    done('Two.'),
  ]);
  const session = await stack.ask('Both #same', inHouse);
  await stack.model.asked('two', 2);
  one.open();
  await session.event('task.finished');
  two.open();
  await session.finished();
  const [first, second, shown] = resultsOf(session);
  expect(first?.ok).toBe(true);
  expect(second).toMatchObject({
    ok: false,
    output: expect.stringMatching(/Not merged[\s\S]*conflicts[\s\S]* in b\.txt\./),
  });
  expect(shown?.output).toContain('second');
  expect(await cat(session, 'b.txt')).toBe('first\n');
});

test('in the background: the turn goes on, is told what came out, and does not end before', async () => {
  const hold = gate();
  stack.model.script('behind', [
    { calls: [delegate('explorer', 'Look around #around', { background: true })] },
    { calls: [bash('echo meanwhile')] },
    done('That is all.'),
    done('Now I have read it.'),
  ]);
  stack.model.script('around', [{ say: hold.wait, calls: [read('a.txt')] }, done('Nothing odd.')]);
  const session = await stack.ask('Look #behind', inHouse);
  await session.until(
    ({ items }) => items.some(item => item.kind === 'message' && item.text === 'That is all.'),
    'the last word',
  );
  const asked = stack.model.askings('behind').length;
  hold.open();
  expect((await session.finished()).data.outcome).toBe('done');
  // While it waited nobody was asked.
  expect(stack.model.askings('behind')).toHaveLength(asked + 1);
  expect(stack.model.askings('behind').at(-1)?.messages.at(-1)?.text).toContain('Nothing odd.');
});

test('a stop stops the tree; what was written until then is kept as a commit and not merged', async () => {
  stack.model.script('stopped', [{ calls: [delegate('builder', 'Long #outer')] }, done('Never.')]);
  stack.model.script('outer', [
    { calls: [write('half.txt', 'half\n'), delegate('tester', 'Longer #inner')] },
    done('Never.'),
  ]);
  stack.model.script('inner', [{ calls: [bash('sleep 600')] }, done('Never.')]);
  const session = await stack.ask('Long #stopped', inHouse);
  await session.until(({ items }) => JSON.stringify(items).includes('sleep 600'), 'the innermost command');
  await stack.stop(session.sessionId);
  expect((await session.finished()).data.outcome).toBe('stopped');
  expect(tasksOf(session).map(({ ends }) => ends.map(end => end.data.status))).toEqual([
    ['cancelled'],
    ['cancelled'],
  ]);
  expect(await inside(session.sessionId, 'ls /work/repo')).not.toContain('half.txt');
  const { data } = tasksOf(session)[0]?.ends[0] ?? {};
  expect(data?.output).toMatch(/is not merged[\s\S]*half\.txt/);
  const sha = data?.artifacts[0]?.checksum ?? '';
  expect(await inside(session.sessionId, `cd /work/repo && git show ${sha}:half.txt`)).toBe('half\n');
  expect(await inside(session.sessionId, 'pgrep -c sleep || true')).toBe('0\n');
  checkLog(await readLog(stack.client, session.sessionId));
});

test('a server that is killed in the middle goes on with each task where it stood: no call and no finished step twice', async () => {
  const hold = gate();
  const counted = (name: string) => bash(`echo x >> /tmp/${name}`);
  stack.model.script('killed', [
    { calls: [delegate('builder', 'One #k-one'), delegate('tester', 'Two #k-two')] },
    done('Both.'),
  ]);
  stack.model.script('k-one', [
    { calls: [counted('one'), write('one.txt', '1\n')] },
    { say: hold.wait, calls: [read('b.txt')] },
    done('One.'),
  ]);
  stack.model.script('k-two', [
    { calls: [counted('two')] },
    { calls: [bash('echo x >> /tmp/three; sleep 3; echo end')] },
    done('Two.'),
  ]);
  const before = await stack.ask('Go #killed', inHouse);
  await stack.model.asked('k-one', 2);
  await before.until(({ items }) => JSON.stringify(items).includes('/tmp/three'), 'a command that runs');
  await stack.server.crash();
  hold.open();
  await stack.server.restart();
  const session = watch(stack.client, before.sessionId);
  expect((await session.finished()).data.outcome).toBe('done');
  expect(tasksOf(session).map(({ ends }) => ends.map(end => end.data.status))).toEqual([['done'], ['done']]);
  expect(await inside(session.sessionId, 'cat /tmp/one /tmp/two /tmp/three')).toBe('x\nx\nx\n');
  expect(await cat(session, 'one.txt')).toBe('1\n');
  expect(stack.model.askings('k-one').filter(({ step }) => step === 0)).toHaveLength(1);
  expect(stack.model.askings('killed')).toHaveLength(2);
  expect(session.all('task.created')).toHaveLength(2);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('an approval that a task waits for is asked of the same people, and all goes on with the answer', async () => {
  stack.model.script('approve', [
    { calls: [delegate('builder', 'Ask #asks'), delegate('explorer', 'Look #looks')] },
    done('Both.'),
  ]);
  stack.model.script('asks', [{ calls: [bash('touch ask-first.txt')] }, done('Touched.')]);
  stack.model.script('looks', [{ calls: [read('a.txt')] }, done('Seen.')]);
  const session = await stack.ask('Go #approve', inHouse);
  const { data } = await session.event('approval.requested');
  expect(data.what).toMatchObject({ tool: 'bash', action: 'touch ask-first.txt' });
  await session.until(({ head }) => head.state === 'waiting', 'a parked turn');
  expect(session.all('task.blocked').map(({ agentId }) => agentId)).toEqual(['builder']);
  const answered = await stack.client.http['approval.answer']({
    ...{ sessionId: session.sessionId, approvalId: data.approvalId, approve: true },
  });
  expect(answered).toMatchObject({ ok: true });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(await inside(session.sessionId, 'ls /work/repo')).toContain('ask-first.txt');
  expect(tasksOf(session).map(({ ends }) => ends.length)).toEqual([1, 1]);
});

test('nobody does more than whoever gave the task may; agents that give tasks to each other come to an end', async () => {
  stack.model.script('loop', [{ calls: [delegate('builder', 'Again #again')] }, done('Over.')]);
  stack.model.script('again', [{ calls: [delegate('builder', 'Again #again')] }, done('Deep enough.')]);
  const session = await stack.ask('Go #loop', inHouse);
  await session.finished();
  expect(session.all('task.created').map(({ data }) => data.depth)).toEqual([1, 2]);
  expect(session.all('tool.finished').find(({ data }) => !data.ok)?.data.summary).toMatch(
    /not a tool of this agent|Too deep/,
  );

  const definition = '---\nname: Lead\nrole: Leads.\ntools: [read, delegate]\npermissions: []\n---\nLead.\n';
  await stack.client.http['agent.save']({ id: 'lead', text: definition });
  stack.model.script('lead', [
    { calls: [delegate('builder', 'Write #writes'), delegate('nobody', 'x')] },
    done('Led.'),
  ]);
  stack.model.script('writes', [{ calls: [write('free.txt', 'x\n')] }, done('Tried.')]);
  const led = await stack.ask('@lead go #lead', inHouse);
  await led.finished();
  const refused = led.all('tool.finished').find(({ agentId }) => agentId === 'builder');
  expect(refused?.data).toMatchObject({
    ok: false,
    output: expect.stringContaining('The agent lead is not permitted'),
  });
  expect(resultsOf(led).find(({ summary }) => summary === 'No such agent')?.output).toContain(
    'There are: builder',
  );
});

test('tasks use their turn’s budget: used up in the middle the task ends first, and what was written is kept', async () => {
  stack.model.script('dear', [{ calls: [delegate('builder', 'Spend #spend')] }, done('Never.')]);
  stack.model.script('spend', [
    { calls: [write('spent.txt', 'x\n')], usage: { input: 5_000, output: 10 } },
    done('Never.'),
  ]);
  const session = await stack.ask('Go #dear', { ...inHouse, budget: { tokens: 3_000 } });
  const { data } = await session.finished();
  expect(data).toMatchObject({ outcome: 'over_budget', budget: { of: 'turn', unit: 'tokens' } });
  const [task] = tasksOf(session);
  expect(task?.ends[0]?.data).toMatchObject({
    status: 'failed',
    error: { message: expect.stringMatching(/tokens/) },
  });
  expect(task?.ends[0]?.data.output).toContain('spent.txt');
  expect(stack.model.askings('spend')).toHaveLength(1);
  expect(stack.model.askings('dear')).toHaveLength(1);
});

test('tasks are told things, looked at and stopped by whoever gave them', async () => {
  const hold = gate();
  const of = (messages: { text: string }[]) =>
    /tsk_\w+/.exec(messages.findLast(({ text }) => text.includes('runs in the background'))?.text ?? '')?.[0];
  stack.model.script('steer', ({ answers, messages }) => {
    const taskId = of(messages);
    if (answers === 0) return { calls: [delegate('explorer', 'Listen #listen', { background: true })] };
    if (answers === 1)
      return {
        calls: [
          { tool: 'task_message', input: { taskId, text: 'Look at b.txt, too.' } },
          { tool: 'task_status', input: {} },
          { tool: 'task_wait', input: {} },
        ],
      };
    if (answers === 2) return { calls: [delegate('explorer', 'For ever #ever', { background: true })] };
    if (answers === 3) return { calls: [{ tool: 'task_cancel', input: { taskId } }] };
    return done('Steered.');
  });
  stack.model.script('listen', [{ say: hold.wait, calls: [read('a.txt')] }, done('Heard.')]);
  stack.model.script('ever', [{ say: ['', new Promise(() => {})] }]);
  const session = await stack.ask('Go #steer', inHouse);
  await session.until(
    ({ items }) => items.some(item => item.kind === 'tool' && item.tool === 'task_wait'),
    'that it waits',
  );
  hold.open();
  expect((await session.finished()).data.outcome).toBe('done');
  const heard = stack.model
    .askings('listen')[1]
    ?.messages.map(({ text }) => text)
    .join('\n');
  expect(heard).toContain('Look at b.txt, too.');
  expect(tasksOf(session).map(({ ends }) => ends[0]?.data.status)).toEqual(['done', 'cancelled']);
});
