import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { bash, done, gate } from '../emulators/model/index.ts';
import { errorOf, raw } from '../support/http.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { killRedis } from '../support/redis.ts';
import { process } from '../support/sandbox.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { type Wire, wireToEngine } from '../support/wire.ts';

let stack: Stack;
let engine: Wire;
beforeAll(async () => {
  engine = await wireToEngine();
  stack = await openStack({ DOCKER_HOST: engine.url });
  stack.model.script('warm', [{ calls: [bash('true')] }, done()]);
  await (await stack.ask('Warm up #warm')).finished();
});
beforeEach(() => engine.mend());
afterAll(async () => {
  engine.mend();
  await stack.dispose();
  await engine.close();
});

test('a prompt that needs a sandbox while Docker is away fails with engine_down; the next one works', async () => {
  stack.model.script('first', [{ calls: [bash('echo one')] }, done()]);
  stack.model.script('talk', [done('Only words.')]);
  stack.model.script('second', [{ calls: [bash('echo two')] }, done()]);
  engine.cut();
  const session = await stack.ask('Run it #first');
  const end = await session.finished();
  expect(end.data).toMatchObject({ outcome: 'failed', error: { code: 'engine_down' } });
  expect(end.data.error?.message).toMatch(/Docker/);
  // Words need no sandbox.
  await stack.send(session.sessionId, 'Talk #talk');
  expect((await session.finished(2)).data.outcome).toBe('done');
  engine.mend();
  await stack.send(session.sessionId, 'Run it #second');
  expect((await session.finished(3)).data.outcome).toBe('done');
  expect(session.all('tool.finished').at(-1)?.data.output.trim()).toBe('two');
  checkLog(await readLog(stack.client, session.sessionId));
});

test('Docker gone for a moment in mid-command: the command goes on and its result is taken', async () => {
  stack.model.script('blink', [
    { calls: [bash('echo ran >> blink.txt; sleep 3.05; cat blink.txt')] },
    { calls: [bash('cat blink.txt')] },
    done(),
  ]);
  const session = await stack.ask('Run it #blink');
  await process(session.sessionId, 'sleep 3.05', 'runs');
  engine.cut();
  await new Promise(resolve => setTimeout(resolve, 1_000));
  engine.mend();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('tool.finished')[1]?.data.output.trim()).toBe('ran');
  checkLog(await readLog(stack.client, session.sessionId));
});

test('while Redis is away the doors say store_down; what was acknowledged goes on afterwards', async () => {
  const hold = gate();
  stack.model.script('kept', [{ say: ['Before', hold.wait, ' and after.'] }]);
  const session = await stack.ask('Talk #kept');
  await stack.model.asked('kept');
  const startAgain = await killRedis(stack.server);
  const listed = await raw(stack.server, '/api/sessions');
  const ready = await raw(stack.server, '/readyz', { token: null });
  expect(listed.status).toBe(503);
  expect(errorOf(listed)).toMatchObject({ code: 'store_down', retryable: true });
  expect(errorOf(listed).message).toContain('Redis');
  expect(ready.status).toBe(503);
  await startAgain();
  hold.open();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('message.done').at(-1)?.data.text).toBe('Before and after.');
  checkLog(await readLog(stack.client, session.sessionId));
});

test('Redis away for 7 s in the middle of a turn that needs a secret: the turn waits and ends done', async () => {
  const set = await stack.client.http['secret.set']({
    repo: 'sample',
    name: 'API_TOKEN',
    phase: 'run',
    value: 'outage-3f9a-secret',
  });
  expect(set.ok).toBe(true);
  const hold = gate();
  stack.model.script('waits', [
    { say: ['I run it', hold.wait], calls: [bash('printf %s "$API_TOKEN" | wc -c')] },
    done(),
  ]);
  const session = await stack.ask('Run it #waits');
  await stack.model.asked('waits');
  const startAgain = await killRedis(stack.server);
  // The answer comes now: committing it and whatever it asks for find Redis away for longer than a door would wait.
  hold.open();
  await new Promise(resolve => setTimeout(resolve, 7_000));
  await startAgain();
  expect((await session.finished()).data).toMatchObject({ outcome: 'done' });
  expect(session.all('tool.finished')[0]?.data.output.trim()).toBe('18');
  checkLog(await readLog(stack.client, session.sessionId));
}, 60_000);

test('Docker gone for good in mid-command ends the turn with engine_down; when it is back, work goes on', async () => {
  stack.model.script('gone', [
    { calls: [bash('echo one > one.txt')] },
    { calls: [bash('sleep 600.1')] },
    done(),
  ]);
  stack.model.script('back', [{ calls: [bash('cat one.txt')] }, done()]);
  const session = await stack.ask('Run it #gone');
  await process(session.sessionId, 'sleep 600.1', 'runs');
  engine.cut();
  const { outcome, error } = (await session.finished()).data;
  expect({ outcome, code: error?.code }).toEqual({ outcome: 'failed', code: 'engine_down' });
  expect(error?.message).toMatch(/Docker/);
  engine.mend();
  await stack.send(session.sessionId, 'Go on #back');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('tool.finished').at(-1)?.data).toMatchObject({ ok: true, output: 'one\n' });
});
