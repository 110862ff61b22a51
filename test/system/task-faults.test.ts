import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, read, write } from '../emulators/model/index.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { containerOf, inside, processesOf } from '../support/sandbox.ts';
import type { Stack } from '../support/stack.ts';
import { delegate, openTasks, resultsOf, type TasksStack, tasksOf } from '../support/tasks.ts';
import { type Watch, watch } from '../support/watch.ts';
import { byAsk, lefts, propose } from '../support/workflows.ts';

let opened: TasksStack;
let stack: Stack;
beforeAll(async () => {
  opened = await openTasks();
  ({ stack } = opened);
});
afterAll(() => opened?.dispose());

const inHouse = { repo: 'house' };
const statuses = (session: Watch) => tasksOf(session).map(({ ends }) => ends.map(end => end.data.status));

async function killed({ sessionId }: Watch, meanwhile = () => {}): Promise<Watch> {
  await stack.server.crash();
  meanwhile();
  await stack.server.restart();
  return watch(stack.client, sessionId);
}

test('killed while a turn that has said its last word waits for a task: it is told what came out, once', async () => {
  const hold = gate();
  stack.model.script('last', [
    { calls: [delegate('builder', 'Write #late', { background: true })] },
    done('That is all.'),
    done('And that.'),
  ]);
  stack.model.script('late', [
    { calls: [write('late.txt', 'x\n')] },
    { say: hold.wait, calls: [read('a.txt')] },
    done('Late.'),
  ]);
  const before = await stack.ask('Go #last', inHouse);
  await before.until(
    ({ items }) => items.some(item => item.kind === 'message' && item.text === 'That is all.'),
    'the last word',
  );
  await stack.model.asked('late', 2);
  const session = await killed(before, hold.open);
  expect((await session.finished()).data.outcome).toBe('done');
  expect(statuses(session)).toEqual([['done']]);
  const asked = stack.model.askings('last');
  expect(asked.map(({ step }) => step)).toEqual([0, 1, 2]);
  expect(asked.at(-1)?.messages.at(-1)?.text).toMatch(/Late\.[\s\S]*Merged into your work tree/);
  expect(await inside(session.sessionId, 'cat /work/repo/late.txt')).toBe('x\n');
  expect(session.all('change.opened')).toHaveLength(1);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('killed while a task waits for a yes: the yes still counts, and what was done beside it is not done again', async () => {
  stack.model.script('yes', [
    { calls: [delegate('builder', 'Ask #needs'), delegate('tester', 'Count #counts')] },
    done('Both.'),
  ]);
  stack.model.script('needs', [{ calls: [bash('touch ask-first.txt')] }, done('Touched.')]);
  stack.model.script('counts', [{ calls: [bash('echo x >> /tmp/counted')] }, done('Counted.')]);
  const before = await stack.ask('Go #yes', inHouse);
  const { data } = await before.event('approval.requested');
  await before.until(({ head }) => head.state === 'waiting', 'a parked turn');
  const session = await killed(before);
  expect(session.all('turn.finished')).toEqual([]);
  const answer = { sessionId: session.sessionId, approvalId: data.approvalId, approve: true };
  expect(await stack.client.http['approval.answer'](answer)).toMatchObject({ ok: true });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(statuses(session)).toEqual([['done'], ['done']]);
  expect(await inside(session.sessionId, 'cat /tmp/counted; ls /work/repo')).toMatch(
    /^x\n(?!x)[\s\S]*ask-first/,
  );
  checkLog(await readLog(stack.client, session.sessionId));
});

test('a sandbox that is lost takes a writing task’s copy with it: the agent is told, and works on in a new one', async () => {
  const hold = gate();
  stack.model.script('loses', [{ calls: [delegate('builder', 'Write #written')] }, done('Over.')]);
  stack.model.script('written', [
    { calls: [write('gone.txt', 'x\n')] },
    { say: hold.wait, calls: [write('there.txt', 'y\n')] },
    done('Written.'),
  ]);
  const session = await stack.ask('Go #loses', inHouse);
  await stack.model.asked('written', 2);
  await (await containerOf(session.sessionId)).remove({ force: true });
  hold.open();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(stack.model.askings('written').at(-1)?.messages.at(-1)?.text).toMatch(
    /copy of the repository with it|unknown/,
  );
  const [result] = resultsOf(session);
  expect(result?.output).not.toContain('gone.txt +1');
});

test('what a task gives to others begins in its copy of the repository before it wrote there itself, while its agent still speaks', async () => {
  const hold = gate();
  stack.model.script('speaks', [{ calls: [delegate('builder', 'Speak #speaking')] }, done('Told.')]);
  stack.model.script('speaking', [
    {
      calls: [
        delegate('tester', 'Look #beside', { background: true }),
        delegate('builder', 'Write #below', { background: true }),
      ],
    },
    { say: ['I speak', hold.wait] },
    done('Spoken.'),
  ]);
  stack.model.script('beside', [{ calls: [bash('cat b.txt')] }, done('Looked.')]);
  stack.model.script('below', [{ calls: [write('below.txt', 'x\n')] }, done('Written.')]);
  const session = await stack.ask('Go #speaks', inHouse);
  await stack.model.asked('speaking', 2);
  await session.event('task.finished', 2);
  const ran = session.all('tool.finished').filter(({ taskId }) => taskId);
  expect(ran.map(({ data }) => data.ok)).not.toContain(false);
  expect(ran.some(({ data }) => data.output.includes('b\n'))).toBe(true);
  hold.open();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(statuses(session)).toEqual([['done'], ['done'], ['done']]);
  expect(await inside(session.sessionId, 'cat /work/repo/below.txt; ls /work/tasks')).toBe('x\n');
});

test('a task that fails ends what it gave to others', async () => {
  stack.model.script('fails', [{ calls: [delegate('builder', 'Fail #failing')] }, done('Told.')]);
  stack.model.script('failing', [
    { calls: [delegate('tester', 'Endless #endless', { background: true })] },
    { faults: Array.from({ length: 9 }, () => ({ fault: 'status' as const, status: 400, message: 'no' })) },
  ]);
  stack.model.script('endless', [{ calls: [bash('sleep 600')] }, done('Never.')]);
  const session = await stack.ask('Go #fails', inHouse);
  expect((await session.finished()).data.outcome).toBe('done');
  expect(statuses(session)).toEqual([['failed'], ['cancelled']]);
  // It may have ended before there was a sandbox at all.
  const running = await processesOf(session.sessionId).catch(() => []);
  expect(running.filter(line => line.startsWith('sleep'))).toEqual([]);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('two parts of a workflow change one file: the later is done again on it; a check that waits for a yes outlives a kill', async () => {
  const hold = gate();
  const part = (id: string, check: string, needs: string[] = []) => ({
    ...{ id, agent: 'builder', goal: `Do ${id} #part-${id}`, check, needs },
  });
  stack.model.script('same-file', [
    {
      calls: [
        propose(
          'One file #same',
          part('one', 'test -s a.txt'),
          part('two', 'test -s a.txt'),
          part('end', 'touch ask-first.txt', ['one', 'two']),
        ),
      ],
    },
    done('Three parts.'),
  ]);
  for (const id of ['one', 'two'])
    stack.model.script(
      `part-${id}`,
      byAsk(
        ['It was tried before', [{ calls: [write('a.txt', 'both\n')] }, done('Both.')]],
        ['', [{ calls: [write('a.txt', `${id}\n`)] }, { say: ['Written', hold.wait] }]],
      ),
    );
  stack.model.script('part-end', [{ calls: [write('end.txt', 'x\n')] }, done('Ended.')]);
  stack.model.script('same', [done('All of it.')]);
  const before = await stack.ask('Do it #same-file', { ...inHouse, mode: 'large' });
  const { sessionId } = before;
  await before.finished();
  const { approvalId } = (await before.event('approval.requested')).data;
  const yes = (id: string) =>
    stack.client.http['approval.answer']({ sessionId, approvalId: id, approve: true });
  expect(await yes(approvalId)).toMatchObject({ ok: true });
  await Promise.all([stack.model.asked('part-one', 2), stack.model.asked('part-two', 2)]);
  hold.open();
  const asked = (await before.event('approval.requested', 2)).data;
  expect(asked.what).toMatchObject({ tool: 'bash', action: 'touch ask-first.txt' });
  await before.until(({ head }) => head.state === 'waiting', 'a parked turn');
  const session = await killed(before);
  expect(await yes(asked.approvalId)).toMatchObject({ ok: true });
  expect((await session.finished(2)).data.outcome).toBe('done');
  const ended = lefts(session);
  const [again] = ended.flatMap(line => (line.endsWith('1 failed') ? [line.split(' ')[0]] : []));
  const first = again === 'one' ? 'two' : 'one';
  expect(ended).toEqual([expect.any(String), expect.any(String), `${again} 2 done`, 'end 1 done']);
  expect(ended.slice(0, 2).toSorted()).toEqual([`${again} 1 failed`, `${first} 1 done`].toSorted());
  expect(session.all('workflow.node.left').find(({ data }) => data.outcome === 'failed')?.data.text).toMatch(
    /conflicts with what changed there meanwhile, in a\.txt/,
  );
  expect(await inside(sessionId, 'cat /work/repo/a.txt /work/repo/end.txt')).toBe('both\nx\n');
  expect(stack.model.askings('part-end')).toHaveLength(2);
  checkLog(await readLog(stack.client, sessionId));
});
