import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { restartRedis } from '../support/redis.ts';
import { containerOf, inside, process, processesOf } from '../support/sandbox.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.dispose());

const slow = (seconds: number) => bash(`echo ran >> ran.txt; sleep ${seconds}; cat ran.txt`);

test('kill -9 of the server in the middle of a command: the turn finishes and the command ran once', async () => {
  stack.model.script('crash', [{ calls: [slow(3.01)] }, done()]);
  const session = await stack.ask('Run it #crash');
  await process(session.sessionId, 'sleep 3.01', 'runs');
  await stack.server.crash();
  await stack.server.restart();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('tool.started')).toHaveLength(1);
  expect(session.all('tool.finished').map(event => event.data.output.trim())).toEqual(['ran']);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('kill -9 while the model speaks: it is asked again and its words are shown once', async () => {
  const never = gate();
  stack.model.script('reask', [
    { faults: [{ fault: 'cut', say: ['Half of what I', never.wait] }], say: ['Something ', 'else.'] },
  ]);
  const session = await stack.ask('Talk #reask');
  await session.until(view => view.drafts.some(draft => draft.text.includes('Half')), 'words');
  await stack.server.crash();
  await stack.server.restart();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('message.done').map(event => event.data.text)).toEqual(['Something else.']);
  expect(session.view().drafts).toEqual([]);
  expect(stack.model.askings('reask')).toHaveLength(2);
});

test('SIGTERM in the middle of a command: it exits 0 quickly, and the next start goes on', async () => {
  stack.model.script('term', [{ calls: [slow(4.02)] }, done()]);
  const session = await stack.ask('Run it #term');
  await process(session.sessionId, 'sleep 4.02', 'runs');
  const atMs = Date.now();
  expect(await stack.server.stop()).toBe(0);
  expect(Date.now() - atMs).toBeLessThan(3_000);
  await stack.server.restart();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('tool.finished').map(event => event.data.output.trim())).toEqual(['ran']);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('a sandbox that dies is lost; a new one has the work of the last turn, and the model is told', async () => {
  stack.model.script('before', [
    { calls: [write('kept.txt', 'kept\n'), bash('echo "// edited" >> src/duration.js; sleep 1031')] },
  ]);
  stack.model.script('after', [
    { calls: [write('gone.txt', 'gone\n'), bash('sleep 1032')] },
    { calls: [bash('cat kept.txt; tail -1 src/duration.js; ls gone.txt; git status --short')] },
    done(),
  ]);
  const session = await stack.ask('Begin #before');
  await process(session.sessionId, 'sleep 1031', 'runs');
  await stack.stop(session.sessionId);
  await session.finished();
  await stack.send(session.sessionId, 'Go on #after');
  await process(session.sessionId, 'sleep 1032', 'runs');
  await (await containerOf(session.sessionId)).kill({ signal: 'SIGKILL' });
  expect((await session.finished(2)).data.outcome).toBe('done');

  const states = session.all('sandbox.state').map(event => event.data.state);
  expect(states.slice(states.indexOf('lost'))).toEqual(['lost', 'restoring', 'ready']);
  const results = session
    .all('tool.finished')
    .slice(2)
    .map(event => event.data);
  expect(results[1]?.output).toContain('unknown');
  expect(results[2]?.output).toMatch(/^kept\n\/\/ edited\n/);
  expect(results[2]?.output).toContain("cannot access 'gone.txt'");
  const asked = stack.model.askings('after')[1];
  expect(asked?.messages.some(({ text }) => text.includes('The sandbox was lost and a new one'))).toBe(true);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('kill -9 of the runtime in the sandbox in the middle of a command: the command ran once', async () => {
  stack.model.script('hands', [{ calls: [slow(3.03)] }, { calls: [bash('cat ran.txt')] }, done()]);
  const session = await stack.ask('Run it #hands');
  await process(session.sessionId, 'sleep 3.03', 'runs');
  await inside(session.sessionId, 'kill -9 $(pgrep -f hands.mjs)');
  expect((await session.finished()).data.outcome).toBe('done');
  const [first, second] = session.all('tool.finished').map(event => event.data);
  expect(second?.output.trim()).toBe('ran');
  expect(first?.ok ? first.output.trim() : first?.output).toMatch(/^ran$|^unknown/);
  expect((await processesOf(session.sessionId)).filter(line => line.includes('hands.mjs'))).toHaveLength(1);
});

test('Redis killed and started again in the middle of a turn: the turn finishes', async () => {
  const hold = gate();
  stack.model.script('redis', [
    { calls: [slow(2.04)] },
    { say: ['Some', hold.wait, ' words.'], calls: [bash('cat ran.txt')] },
    done(),
  ]);
  const session = await stack.ask('Run it #redis');
  await process(session.sessionId, 'sleep 2.04', 'runs');
  await restartRedis(stack.server, 300);
  await stack.model.asked('redis', 2);
  await restartRedis(stack.server, 300);
  hold.open();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('tool.finished').at(-1)?.data.output.trim()).toBe('ran');
  checkLog(await readLog(stack.client, session.sessionId));
});
