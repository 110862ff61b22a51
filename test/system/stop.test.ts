import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { process, processesOf } from '../support/sandbox.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.dispose());

const mostMs = 1_000;

test('a stop while the model speaks ends the turn within a second and keeps what was said', async () => {
  const never = gate();
  stack.model.script('speak', [{ say: ['It said ', 'this much', never.wait, 'and never this'] }]);
  const session = await stack.ask('Talk #speak');
  await session.until(view => view.drafts.some(draft => draft.text.includes('this much')), 'words');
  const atMs = Date.now();
  expect(await stack.stop(session.sessionId)).toMatchObject({ ok: true });
  const end = await session.finished();
  expect(Date.now() - atMs).toBeLessThan(mostMs);
  expect(end.data.outcome).toBe('stopped');
  expect(session.all('message.done').map(event => event.data.text)).toEqual(['It said this much']);
  expect(session.view().drafts).toEqual([]);
  const [asked] = stack.model.askings('speak');
  expect(asked?.end).toBe('aborted');
});

test('a stop in mid-command kills every process of it, also those that left its group', async () => {
  stack.model.script('sleepers', [
    {
      calls: [bash('echo begun; sleep 1011 & setsid sleep 1012 & (setsid nohup sleep 1013 &) ; sleep 1014')],
    },
  ]);
  const session = await stack.ask('Sleep #sleepers');
  await session.event('tool.started');
  await Promise.all(
    ['sleep 1011', 'sleep 1012', 'sleep 1013', 'sleep 1014'].map(line =>
      process(session.sessionId, line, 'runs'),
    ),
  );
  const atMs = Date.now();
  await stack.stop(session.sessionId);
  const killed = await session.event('tool.finished');
  expect(Date.now() - atMs).toBeLessThan(mostMs);
  expect(killed.data.ok).toBe(false);
  expect(killed.data.output).toContain('begun');
  expect((await session.finished()).data.outcome).toBe('stopped');
  expect((await processesOf(session.sessionId)).filter(line => line.includes('sleep 10'))).toEqual([]);
});

test('a stop while the sandbox is made ends the turn at once; the next turn has one', async () => {
  // The second of two calls finds the turn stopped before it waits for the sandbox at all.
  stack.model.script('early', [{ calls: [bash('echo never'), bash('echo neither')] }]);
  stack.model.script('later', [{ calls: [bash('echo here')] }, done()]);
  const session = await stack.ask('Be quick #early');
  await session.event('tool.started');
  const ready = session.all('sandbox.state').some(event => event.data.state === 'ready');
  const atMs = Date.now();
  await stack.stop(session.sessionId);
  expect((await session.finished()).data.outcome).toBe('stopped');
  expect(Date.now() - atMs).toBeLessThan(mostMs);
  if (!ready) expect(session.all('tool.finished')[0]?.data.summary).toBe('Stopped before it started');
  await stack.send(session.sessionId, 'Again #later');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('tool.finished').at(-1)?.data).toMatchObject({ ok: true });
});

test('stopping twice is one stop, and stopping what is over says so', async () => {
  const never = gate();
  stack.model.script('twice', [{ say: ['a', never.wait] }]);
  const session = await stack.ask('Talk #twice');
  const { turnId } = (await session.event('turn.started')).data;
  const answers = await Promise.all([
    stack.stop(session.sessionId, turnId),
    stack.stop(session.sessionId, turnId),
  ]);
  expect(answers.some(answer => answer.ok)).toBe(true);
  for (const answer of answers) if (!answer.ok) expect(answer.code).toBe('turn_over');
  await session.finished();
  expect(session.all('turn.finished')).toHaveLength(1);
  expect(await stack.stop(session.sessionId)).toMatchObject({ ok: false, code: 'turn_over' });
  expect(await stack.stop(session.sessionId, turnId)).toMatchObject({ ok: false, code: 'turn_over' });
});

test('a stop for a turn that is over leaves the one that runs alone', async () => {
  const hold = gate();
  stack.model.script('one', [done('One.')]);
  stack.model.script('two', [{ say: ['Two', hold.wait, '.'] }]);
  const session = await stack.ask('First #one');
  const first = await session.finished();
  await stack.send(session.sessionId, 'Second #two');
  await session.event('turn.started', 2);
  expect(await stack.stop(session.sessionId, first.data.turnId)).toMatchObject({ code: 'turn_over' });
  hold.open();
  expect((await session.finished(2)).data.outcome).toBe('done');
});

test('a stop that races the end has one winner that everyone is told of', async () => {
  for (let round = 0; round < 8; round++) {
    const marker = `race-${round}`;
    const end = gate();
    stack.model.script(marker, [{ say: ['Almost', end.wait, ' done.'] }]);
    const session = await stack.ask(`Finish #${marker}`);
    await session.until(view => view.drafts.length > 0, 'words');
    end.open();
    if (round % 2) await new Promise(resolve => setTimeout(resolve, round));
    const stopped = await stack.stop(session.sessionId);
    const finished = await session.finished();
    if (!stopped.ok) expect(stopped.code).toBe('turn_over');
    // A stop that was taken wins over `done`: nobody is told "stopped" about a turn that ended well.
    expect(finished.data.outcome).toBe(stopped.ok ? 'stopped' : 'done');
    expect(session.all('turn.finished')).toHaveLength(1);
    session.leave();
  }
});

test('prompts that wait go on after a stop', async () => {
  const never = gate();
  stack.model.script('stuck', [{ say: ['Stuck', never.wait] }]);
  stack.model.script('next', [{ calls: [write('NEXT.md', 'next\n')] }, done('Next.')]);
  const session = await stack.ask('Get stuck #stuck');
  await session.event('turn.started');
  await stack.send(session.sessionId, 'And then this #next');
  await stack.stop(session.sessionId);
  expect((await session.finished(1)).data.outcome).toBe('stopped');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('change.opened')).toHaveLength(1);
});

test('work of a stopped turn is there in the next one', async () => {
  stack.model.script('half', [{ calls: [write('HALF.md', 'half\n'), bash('sleep 1021')] }]);
  stack.model.script('rest', [{ calls: [bash('cat HALF.md')] }, done()]);
  const session = await stack.ask('Begin #half');
  await process(session.sessionId, 'sleep 1021', 'runs');
  await stack.stop(session.sessionId);
  await session.finished();
  await stack.send(session.sessionId, 'Go on #rest');
  await session.finished(2);
  expect(session.all('tool.finished').at(-1)?.data.output).toContain('half');
});
