import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, read, type Step, write } from '../emulators/model/index.ts';
import { sampleGit } from '../support/git.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { process, processesOf } from '../support/sandbox.ts';
import { openStack, type Stack } from '../support/stack.ts';
import type { Watch } from '../support/watch.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ DECKHAND_MODELS: 'scripted-2' });
});
afterAll(() => stack.dispose());

/** What it waits for never comes: an end at all is the stop's. On an idle machine it is one of some 100 ms. */
const mostMs = 10_000;

test('a stop while the model speaks ends the turn at once and keeps what was said', async () => {
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
  expect(await asked?.end).toBe('aborted');
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

const ada = { provider: 'test', id: 'ada', name: 'Ada Byron' };
const grace = { provider: 'test', id: 'grace', name: 'Grace Hopper' };

const userTexts = (asking: { messages: { role: string; text: string }[] } | undefined) =>
  asking?.messages.filter(({ role }) => role === 'user').map(({ text }) => text) ?? [];

/** A session whose turn waits in the middle of its first answer, which ends with a call. */
async function working(marker: string, then: Step[]): Promise<{ session: Watch; open: () => void }> {
  const hold = gate();
  stack.model.script(marker, [
    { say: ['Busy', hold.wait], calls: [write(`${marker}.txt`, 'one\n'), read('README.md')] },
    ...then,
  ]);
  const session = await stack.ask(`Work #${marker}`);
  await stack.model.asked(marker);
  return { session, open: hold.open };
}

test('a prompt that is sent now is read before the next step, by whoever it is; what waits goes on waiting', async () => {
  const { session, open } = await working('steer', [done('With tabs.')]);
  stack.model.script('later', [done('Later.')]);
  const { sessionId } = session;
  await stack.send(sessionId, 'Then this #later');
  const requestId = newRequestId();
  const sends = await Promise.all(
    Array.from({ length: 5 }, () =>
      stack.send(sessionId, 'Use tabs', { when: 'now', requestId, onBehalfOf: grace }),
    ),
  );
  const [first] = sends;
  expect(new Set(sends.map(({ promptId }) => promptId)).size).toBe(1);
  const second = await stack.send(sessionId, 'And no semicolons', { when: 'now' });
  expect([first?.position, second.position]).toEqual([1, 2]);
  const conflict = await stack.client.http['prompt.send']({
    ...{ sessionId, requestId, text: 'Use tabs', onBehalfOf: grace },
  });
  expect(conflict).toMatchObject({ ok: false, code: 'request_conflict' });
  const waiting = await session.until(({ head }) => head.queue.length === 3, 'three that wait');
  expect(waiting.head.queue.map(({ text, when }) => [text, when])).toEqual([
    ['Use tabs', 'now'],
    ['And no semicolons', 'now'],
    ['Then this #later', undefined],
  ]);
  open();
  const end = await session.finished();
  expect(end.data.outcome).toBe('done');
  const asked = stack.model.askings('steer').at(-1);
  expect(asked?.messages.slice(-2).map(({ text }) => text)).toEqual([
    'Grace Hopper: Use tabs',
    expect.stringMatching(/: And no semicolons$/),
  ]);
  const [steered] = session.all('turn.steered');
  expect(steered?.data).toEqual({
    turnId: end.data.turnId,
    promptIds: [first?.promptId, second.promptId],
  });
  await session.finished(2);
  // It stands where the turn read it, and is of that turn.
  const prompts = session.view().items.flatMap(item => (item.kind === 'prompt' ? item : []));
  expect(prompts.map(({ text, now, ...item }) => [text, now, 'turnId' in item && item.turnId])).toEqual([
    ['Work #steer', undefined, end.data.turnId],
    ['Use tabs', true, end.data.turnId],
    ['And no semicolons', true, end.data.turnId],
    ['Then this #later', undefined, (await session.finished(2)).data.turnId],
  ]);
  const { branch } = (await session.event('change.opened')).data;
  const trailers = await sampleGit(stack.server.dataDir, 'log', '-1', '--format=%b', branch);
  expect(trailers).toContain('Co-authored-by: Grace Hopper');
  checkLog(await readLog(stack.client, sessionId));
});

test('what a turn did not read any more runs next, before all that waits', async () => {
  const hold = gate();
  stack.model.script('last-word', [{ say: ['All', hold.wait, ' done.'] }]);
  stack.model.script('front', [done('Read next.')]);
  stack.model.script('behind', [done('Read last.')]);
  const session = await stack.ask('Talk #last-word');
  await stack.model.asked('last-word');
  const { sessionId } = session;
  await stack.send(sessionId, 'Later #behind', { onBehalfOf: ada });
  const now = await stack.send(sessionId, 'First #front', { when: 'now', onBehalfOf: grace });
  hold.open();
  await session.finished(3);
  expect(session.all('turn.started')[1]?.data.promptIds).toEqual([now.promptId]);
  expect(session.all('turn.steered')).toEqual([]);

  // The same where the turn is stopped, and where the model fails.
  stack.model.script('stopped', [{ calls: [bash('sleep 1000.3')] }]);
  await stack.send(sessionId, 'Wait #stopped');
  await session.event('tool.started');
  const after = await stack.send(sessionId, 'And this #front', { when: 'now' });
  await stack.stop(sessionId);
  await session.finished(5);
  expect(session.all('turn.finished').map(({ data }) => data.outcome)).toEqual([
    ...['done', 'done', 'done', 'stopped', 'done'],
  ]);
  expect(session.all('turn.started').at(-1)?.data.promptIds).toEqual([after.promptId]);
  // With nothing under way it is a prompt as any other.
  const alone = await stack.send(sessionId, 'Once more #front', { when: 'now' });
  expect(alone.position).toBe(1);
  await session.finished(6);
  checkLog(await readLog(stack.client, sessionId));
});

test('one that waits to be read can be edited and cancelled; one for another model waits for its own turn', async () => {
  const { session, open } = await working('edit-now', [done('Read.')]);
  stack.model.script('other-model', [done('As the other.')]);
  const { sessionId } = session;
  const kept = await stack.send(sessionId, 'Old words', { when: 'now' });
  const dropped = await stack.send(sessionId, 'Drop this', { when: 'now' });
  await stack.send(sessionId, 'For the other #other-model', { when: 'now', model: 'scripted-2' });
  const edit = { sessionId, promptId: kept.promptId, text: 'New words' };
  expect(await stack.client.http['prompt.edit'](edit)).toMatchObject({ ok: true });
  expect(await stack.client.http['prompt.cancel']({ sessionId, promptId: dropped.promptId })).toMatchObject({
    ok: true,
  });
  open();
  await session.finished(2);
  const read = userTexts(stack.model.askings('edit-now').at(-1)).slice(-1);
  expect(read).toEqual([expect.stringMatching(/: New words$/)]);
  expect(session.all('turn.started')[1]?.data.model).toBe('scripted-2');
  checkLog(await readLog(stack.client, sessionId));
});
