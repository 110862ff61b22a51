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
  stack.model.script('term', [{ calls: [slow(12.02)] }, done()]);
  const session = await stack.ask('Run it #term');
  await process(session.sessionId, 'sleep 12.02', 'runs');
  const atMs = Date.now();
  expect(await stack.server.stop()).toBe(0);
  // What a stop may take at most; one that waited for the command would take longer.
  expect(Date.now() - atMs).toBeLessThan(10_000);
  await stack.server.restart();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('tool.finished').map(event => event.data.output.trim())).toEqual(['ran']);
  checkLog(await readLog(stack.client, session.sessionId));
});

test('what runs in the background outlives a kill -9 of the server, and the next turn is told of it', async () => {
  const serve = {
    tool: 'bash',
    input: { command: 'echo listening; sleep 1041', background: true },
  };
  stack.model.script('serve', [{ calls: [serve] }, { calls: [bash('sleep 3.07')] }, done()]);
  stack.model.script('look-at-it', [
    { calls: [{ tool: 'process_output', input: { handle: 'p1', offset: 0 } }] },
    { calls: [{ tool: 'process_stop', input: { handle: 'p1' } }] },
    done(),
  ]);
  const session = await stack.ask('Serve it #serve');
  await process(session.sessionId, 'sleep 3.07', 'runs');
  await stack.server.crash();
  await stack.server.restart();
  expect((await session.finished()).data.outcome).toBe('done');
  await stack.send(session.sessionId, 'Is it up? #look-at-it');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('tool.finished').map(({ data }) => data.output)).toEqual([
    'listening\n[runs in the background as p1]',
    '',
    expect.stringMatching(/^listening\n\[p1 .* runs since \d+ s; go on with offset 10\]$/),
    expect.stringContaining('ended: stopped'),
  ]);
  const first = stack.model.askings('look-at-it')[0];
  expect(first?.messages.map(({ text }) => text).join('\n')).toContain(
    'Still in the background, as of the end of the last turn: p1 (`echo listening; sleep 1041`)',
  );
  expect(await processesOf(session.sessionId)).not.toContain('sleep 1041');
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
  // On a busy machine a tool may say behind it that it waited.
  expect(states.slice(states.indexOf('lost')).slice(0, 3)).toEqual(['lost', 'restoring', 'ready']);
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

test('kill -9 with a prompt that was sent now: it is read by the turn that goes on, once', async () => {
  const hold = gate();
  stack.model.script('steered', [
    { calls: [slow(3.03)] },
    { faults: [{ fault: 'cut', say: ['I hear', hold.wait] }], say: ['I heard.'], calls: [slow(0.1)] },
    done('All heard.'),
  ]);
  const session = await stack.ask('Run it #steered');
  const { sessionId } = session;
  await process(sessionId, 'sleep 3.03', 'runs');
  const first = await stack.send(sessionId, 'Rather slowly', { when: 'now' });
  // Before it is put in, and again when the model reads it for the first time.
  await stack.server.crash();
  await stack.server.restart();
  await session.until(view => view.drafts.some(draft => draft.text.includes('I hear')), 'words');
  const second = await stack.send(sessionId, 'And quietly', { when: 'now' });
  await stack.server.crash();
  await stack.server.restart();
  expect((await session.finished()).data.outcome).toBe('done');
  const said = (stack.model.askings('steered').at(-1)?.messages ?? []).flatMap(({ role, text }) =>
    role === 'user' ? text.replace(/^[^:]*: /, '') : [],
  );
  expect(said).toEqual(['Run it #steered', 'Rather slowly', 'And quietly']);
  expect(session.all('turn.steered').map(({ data }) => data.promptIds)).toEqual([
    [first.promptId],
    [second.promptId],
  ]);
  checkLog(await readLog(stack.client, sessionId));
});
